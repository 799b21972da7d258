// Small bases of baskets, shared out over ranks, and what anybody can count in them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "random/generator.hpp"

namespace fullbase::testing {

/// A basket: its items, ascending, and how often it was bought.
using WeightedBasket = std::pair<std::vector<std::int32_t>, std::uint32_t>;

/// `count` baskets of items below `items`, item i in a share of them that falls from `share` for the first to nothing for the
/// last, or, where it does not fall, each in that share; every tenth basket stands for several.
inline std::vector<WeightedBasket> random_baskets(std::int64_t count, std::int32_t items, double share, bool falls = true) {
  const random::Generator draws(random::Key{1});
  std::vector<WeightedBasket> baskets;
  for (std::int64_t b = 0; b < count; ++b) {
    WeightedBasket basket{{}, b % 10 == 3 ? static_cast<std::uint32_t>(2 + b % 7) : 1};
    for (std::int32_t i = 0; i < items; ++i) {
      const double limit = share * (falls ? 1 - static_cast<double>(i) / items : 1);
      if (draws.uniform(b, i) < limit) basket.first.push_back(i);
    }
    baskets.push_back(std::move(basket));
  }
  return baskets;
}

/// Adds the baskets of one rank, every so manieth, in pieces of `piece` baskets.
inline void fill(itemsets::BasketStore& store, std::span<const WeightedBasket> baskets, int rank, int ranks,
                 std::int64_t piece = 50) {
  itemsets::Baskets part;
  std::int64_t pieces = 0;
  const auto finish = [&] {
    if (part.size() > 0) store.add(std::move(part), 0, pieces++);
    part = {};
  };
  for (std::size_t b = static_cast<std::size_t>(rank); b < baskets.size(); b += static_cast<std::size_t>(ranks)) {
    part.items.insert(part.items.end(), baskets[b].first.begin(), baskets[b].first.end());
    part.starts.push_back(static_cast<std::uint32_t>(part.items.size()));
    part.weights.push_back(baskets[b].second);
    if (part.size() == piece) finish();
  }
  finish();
}

/// Every set of items that occurs, of at most `longest` items, rarest first, with its count; basket by basket, subset by subset.
inline std::map<std::vector<std::int32_t>, std::int64_t> all_sets(std::span<const WeightedBasket> baskets, std::int64_t least,
                                                                  std::size_t longest) {
  std::map<std::vector<std::int32_t>, std::int64_t> sets;
  std::vector<std::int32_t> set;
  for (const auto& [items, weight] : baskets) {
    const auto grow = [&, &items = items, weight = weight](const auto& self, std::size_t below) -> void {
      if (!set.empty()) sets[set] += weight;
      if (set.size() == longest) return;
      for (std::size_t i = 0; i < below; ++i) {
        set.push_back(items[i]);
        self(self, i);
        set.pop_back();
      }
    };
    grow(grow, items.size());
  }
  std::erase_if(sets, [&](const auto& set_and_count) { return set_and_count.second < least; });
  return sets;
}

}  // namespace fullbase::testing
