// Which classes of sets there are to mine, how large their occurrences are, and who mines what.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/itemsets/found_sets.hpp"
#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"

namespace fullbase::itemsets {

/// A class whose sets of three items and more are not ruled out by its pairs.
struct ClassOutline {
  std::int32_t rarest = 0;
  std::vector<std::int32_t> items;  ///< those that are in a triangle of frequent pairs with `rarest`, ascending
  std::int64_t baskets = 0;         ///< that hold `rarest`
  std::int64_t entries = 0;         ///< of `items` in these
  double cost = 0;                  ///< of mining it, in sets that are expected

  /// Whether lists of the items of each basket are smaller than a bit for each item and basket.
  bool as_lists() const noexcept { return 8 * entries < std::ssize(items) * (baskets / 8); }
};

/// The classes in ascending order of their rarest item; the same on every rank. Not collective. Cost: a step for each pair (i, j)
/// and each item that j is frequent with, over the rank's threads; less than mining takes. Memory: outline_bytes(),
/// from the caller's budget.
std::vector<ClassOutline> outline_classes(const FrequentItems& items, const FrequentPairs& pairs, std::int64_t baskets,
                                          std::int64_t least);

/// 4 bytes a pair and, for each item, a ClassOutline and a byte a thread.
std::int64_t outline_bytes(const FrequentItems& items, const FrequentPairs& pairs) noexcept;

/// The rank that mines each class: the costliest first, each to the rank with the least to do.
std::vector<int> deal_out(const std::vector<ClassOutline>& classes, int ranks);

}  // namespace fullbase::itemsets
