// Who is offered what in the end, on any ranks.
#include "algorithms/recommendation/offers.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "algorithms/recommendation/random_pairs.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "algorithms/recommendation/table_entries.hpp"
#include "comm/launch.hpp"
#include "error_text.hpp"

namespace fullbase::recommendation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::RatedPair;

/// Customers 0, 3, ..., 8997 of the matrix have item 1000 - u mod 40; customer 3 has all items but 961 besides.
std::vector<RatedPair> pairs() {
  std::vector<RatedPair> pairs;
  for (std::int64_t u = 0; u < 3000; ++u) pairs.push_back({3 * u, 1000 - u % 40, 1});
  for (std::int64_t i = 1; i < 40; ++i) {
    if (i != 1 && i != 39) pairs.push_back({3, 1000 - i, 1});
  }
  return pairs;
}

/// A column of whole numbers, some of them twice or missing.
data::MemoryTable keys_table(std::vector<std::int64_t> keys) {
  std::vector<std::uint8_t> missing(keys.size(), 0);
  missing[2] = 1;
  data::Batch batch{{0, std::ssize(keys)}, {}};
  batch.columns.emplace_back(data::Field{.name = "key", .type = data::Type::int64, .nullable = true}, std::move(keys),
                             std::move(missing));
  return {"keys", std::move(batch)};
}

/// Every second number up to 10000, backwards.
data::MemoryTable base_table() {
  std::vector<std::int64_t> keys;
  for (std::int64_t key = 10000; key >= -10; key -= 2) keys.push_back(key);
  keys.push_back(6);
  return keys_table(std::move(keys));
}

struct Given {
  std::vector<std::int64_t> items;
  std::vector<float> scores;
  Source source = Source::none;
  friend bool operator==(const Given&, const Given&) = default;
};

/// By key: personal lists (item 1000, score 2) for customers of the matrix whose number is a multiple of 12, else what is
/// popular.
std::map<std::int64_t, Given> given(int ranks, bool popular, bool again) {
  const auto table = testing::table_of(pairs());
  const auto base = base_table();
  std::map<std::int64_t, Given> all;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 28);
    const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
    const auto keys = SideKeys::of_table(communicator, base, 0, budget);
    const auto recipients = recipients_of(communicator, keys, read.customers, read.matrix.customers, budget);
    const auto own = read.matrix.customers.rows_of(communicator.rank());
    RankedRows personal;
    for (auto customer = own.first; customer < own.last; ++customer) {
      if (3 * customer % 12 == 0) {
        personal.ids.push_back(39);
        personal.scores.push_back(2);
      }
      personal.starts.push_back(std::ssize(personal.ids));
    }
    const PopularItems items(communicator, read.matrix, {}, budget);
    const auto offers = offers_of(recipients, read.matrix, personal, popular ? &items : nullptr, {.top = 3, .again = again});
    ASSERT_EQ(offers.lists.rows(), recipients.own.size());
    const auto names = keys.keys(recipients.own);
    const auto item_names = read.items.keys({0, read.items.rows()});
    const std::scoped_lock lock(mutex);
    for (std::int64_t row = 0; row < offers.lists.rows(); ++row) {
      Given one;
      for (const auto id : offers.lists.ids_of(row)) one.items.push_back(item_names.int64s()[static_cast<std::size_t>(id)]);
      one.scores.assign(offers.lists.scores_of(row).begin(), offers.lists.scores_of(row).end());
      one.source = offers.sources[static_cast<std::size_t>(row)];
      const auto name = names.int64s()[static_cast<std::size_t>(row)];
      EXPECT_TRUE(all.emplace(name, one).second) << name << " is with two ranks";
    }
  });
  return all;
}

TEST(Offers, EverybodyOfATableIsGivenOneListOnAnyRanks) {
  for (const bool again : {false, true}) {
    const auto expected = given(1, true, again);
    EXPECT_EQ(std::ssize(expected), 5006 - 1);  // one is missing
    for (const int ranks : {2, 3, 4}) EXPECT_EQ(given(ranks, true, again), expected) << ranks << " ranks";
    EXPECT_EQ(expected.at(24), (Given{{1000}, {2}, Source::personal}));
    // 75 have each item, and customer 3 most of them besides: of equally many the item with the lower key is first.
    EXPECT_EQ(expected.at(-10), (Given{{962, 963, 964}, {76, 76, 76}, Source::popular}));
    EXPECT_EQ(expected.at(10000), expected.at(-10));
    // Customer 114 = 3 * 38 has item 962.
    EXPECT_EQ(expected.at(114).items,
              again ? std::vector<std::int64_t>({962, 963, 964}) : std::vector<std::int64_t>({963, 964, 965}));
  }
  for (const int ranks : {1, 3}) {
    const auto without = given(ranks, false, false);
    EXPECT_EQ(without.at(24).source, Source::personal);
    EXPECT_EQ(without.at(-10), Given{});
  }
}

TEST(Offers, ItemsOfATableAreFound) {
  const auto table = testing::table_of(pairs());
  const auto shelf = keys_table({961, 1000, 965, 7, 8, 1000});  // 965 is missing
  for (const int ranks : {1, 3}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
      const auto found = offered_items(communicator, shelf, 0, read.items, budget);
      EXPECT_EQ(found.count, 2);
      EXPECT_EQ(found.unknown, 3);
      EXPECT_EQ(found.offered.front(), 1);
      EXPECT_EQ(found.offered.back(), 1);
    });
  }
}

TEST(Offers, FailOnEveryRankWhereOneHasNoRoom) {
  const auto table = testing::table_of(pairs());
  const auto base = base_table();
  for (int poor = 0; poor < 3; ++poor) {
    EXPECT_THAT(testing::error_text(
                    [&] {
                      comm::run_threads(3, [&](comm::Communicator& communicator) {
                        data::Budget budget(1 << 28);
                        const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
                        const auto keys = SideKeys::of_table(communicator, base, 0, budget);
                        data::Budget little(communicator.rank() == poor ? 100 : 1 << 28);
                        recipients_of(communicator, keys, read.customers, read.matrix.customers, little);
                      });
                    },
                    base::ErrorKind::job_file),
                HasSubstr("who is offered something needs"))
        << "rank " << poor;
  }
}

TEST(TableEntries, ComeToTheRanksThatHaveTheirRows) {
  const auto table = testing::table_of(pairs());
  // Pairs of items and terms, unknown items among them.
  const auto entries =
      testing::table_of({{1000, 5, 0.5}, {961, 7, 0.25}, {961, 5, 1}, {7, 5, 1}, {1000, 9, data::missing_float64}});
  for (const int ranks : {1, 2, 4}) {
    std::vector<std::vector<float>> rows;
    std::mutex mutex;
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      const auto read = read_interactions(communicator, table, {0, 1, 2}, budget);
      const auto terms = SideKeys::of_table(communicator, entries, 1, budget);
      EXPECT_EQ(terms.rows(), 3);
      EXPECT_EQ(terms.entries_of(0), 3);
      const auto found = read_sparse_rows(communicator, entries, {0, 1, 2}, read.items, read.matrix.items, terms, budget);
      const auto own = read.matrix.items.rows_of(communicator.rank());
      ASSERT_EQ(found.rows.rows(), own.size());
      const std::scoped_lock lock(mutex);
      for (auto item = own.first; item < own.last; ++item) {
        const auto columns = found.rows.columns_of(item - own.first);
        const auto values = found.rows.values_of(item - own.first);
        if (item == 0) {
          EXPECT_THAT(columns, ElementsAre(0, 1));
          EXPECT_THAT(values, ElementsAre(1, 0.25F));
        } else if (item == 39) {
          EXPECT_THAT(columns, ElementsAre(0));
          EXPECT_THAT(values, ElementsAre(0.5F));
        } else {
          EXPECT_TRUE(columns.empty()) << item;
        }
      }
    });
  }
}

}  // namespace
}  // namespace fullbase::recommendation
