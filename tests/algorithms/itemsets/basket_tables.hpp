// Tables of lines, and the baskets that they make by the plainest means.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/tables/random_columns.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"

namespace fullbase::testing {

/// Whose it is (the key columns' texts) and what is in it (slots).
using NamedBasket = std::pair<std::vector<std::string>, std::vector<std::int32_t>>;

struct ReadBaskets {
  std::vector<NamedBasket> baskets;  ///< in the order of (pass, rank, piece)
  itemsets::BasketFacts facts;
  bool in_order = false;
  std::int64_t passes = 0;
};

/// What a reader gives on so many ranks, twice over.
inline ReadBaskets read_baskets(const data::BlockSource& table, itemsets::BasketColumns columns, int ranks,
                                std::int64_t memory = std::int64_t{1} << 30, std::optional<std::int64_t> as_of = {},
                                const data::BoundExpression* where = nullptr) {
  columns.wants_keys = true;
  ReadBaskets read;
  std::mutex mutex;
  std::map<std::tuple<std::int64_t, int, std::int64_t>, std::pair<itemsets::Baskets, std::vector<data::Column>>> runs;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    {
      const auto items = prepare::ValueSlots::build(communicator, table, columns.item, budget);
      const itemsets::BasketReader reader(communicator, table, where, columns, items, as_of, budget);
      itemsets::BasketFacts before;
      for (const bool again : {false, true}) {
        const auto facts = reader.for_each([&](itemsets::Baskets&& baskets, std::int64_t pass, std::int64_t piece, int) {
          auto keys = reader.keys().columns(baskets.keys);
          const std::scoped_lock lock(mutex);
          const auto [at, is_new] = runs.try_emplace({pass, communicator.rank(), piece}, std::move(baskets), std::move(keys));
          EXPECT_NE(is_new, again);
        });
        EXPECT_TRUE(!again || facts == before);
        before = facts;
      }
      const std::scoped_lock lock(mutex);
      EXPECT_TRUE(read.facts == itemsets::BasketFacts{} || read.facts == before);
      read.facts = before;
      read.in_order = reader.lies_in_order();
      read.passes = reader.passes();
    }
    EXPECT_EQ(budget.available(), memory);
  });
  for (const auto& [place, run] : runs) {
    const auto& [baskets, keys] = run;
    for (std::int64_t b = 0; b < baskets.size(); ++b) {
      NamedBasket basket;
      for (const auto& key : keys) basket.first.push_back(cell(key, b));
      basket.second.assign(baskets[b].begin(), baskets[b].end());
      read.baskets.push_back(std::move(basket));
    }
  }
  return read;
}

}  // namespace fullbase::testing
