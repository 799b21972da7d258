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
/// Collective. All ways give the same pairs; which is taken depends on the numbers of items and pairs, and on the budget.
/// - A triangle of items (items - 1) / 2 counters, where it fits a quarter of the budget and is not much larger than the pairs
///   that occur: each thread has its own where they are few (PairTriangle), else threads share one (PairRows). Ranks sum it in
///   one piece: a rank sends 8 bytes a counter, whatever occurs.
/// - Else passes over ranges of the rarer item, rows as arrays or hash tables (count_pairs_in_passes): 16 bytes a pair that
/// occurs
///   on a rank and another adds up.
/// Cost: the sum over baskets of their pairs, n (n - 1) / 2, over the rank's threads; of 64 baskets that each hold an eighth of
/// the items or more, no more than the pairs of all items once. A pass more reads the baskets once more. Where threads share
/// rows, baskets are gathered first: 20 bytes an item of the store, as far as the budget helps out, at least a piece on each
/// thread. Throws a job-file error, known to all, where not even the pairs of one rarer item fit, or the frequent pairs;
/// before any is counted where the pairs of one basket that is bought often enough do not.
FrequentPairs count_pairs(comm::Communicator& communicator, const BasketStore& baskets, std::int32_t items, std::int64_t least,
                          data::Budget& budget);

}  // namespace fullbase::itemsets
