// The second level: pairs of frequent items and their counts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// Frequent pairs, the same on every rank: the rarer item i with those more frequent ones (lower numbers) that it is frequent
/// with.
struct FrequentPairs {
  std::vector<std::int64_t> starts = {0};  ///< items + 1 positions: those of item i are [starts[i], starts[i + 1])
  std::vector<std::int32_t> others;        ///< numbers below i, ascending
  std::vector<std::int64_t> counts;
  data::Reservation memory;  ///< 12 bytes a pair, 8 an item

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(others.size()); }
  std::span<const std::int32_t> others_of(std::int32_t item) const noexcept {
    return std::span(others).subspan(first(item), first(item + 1) - first(item));
  }
  std::span<const std::int64_t> counts_of(std::int32_t item) const noexcept {
    return std::span(counts).subspan(first(item), first(item + 1) - first(item));
  }

 private:
  std::size_t first(std::int32_t item) const noexcept { return static_cast<std::size_t>(starts[static_cast<std::size_t>(item)]); }
};

/// Counts every pair of items in [0, items) over the baskets of all ranks and keeps those that at least `least` baskets hold.
/// Collective. Where a triangle of items (items - 1) / 2 counters fits a share of the budget it is counted and summed in one
/// piece: sends its bytes once. Else pairs that occur are counted in a hash table, in passes over ranges of the rarer item that
/// fit the budget, and each goes to the rank that adds up its range (16 bytes a pair that occurs on a rank). Both give the same
/// pairs. Cost: the sum over baskets of their pairs, n (n - 1) / 2, over the rank's threads.
FrequentPairs count_pairs(comm::Communicator& communicator, const BasketStore& baskets, std::int32_t items, std::int64_t least,
                          data::Budget& budget);

}  // namespace fullbase::itemsets
