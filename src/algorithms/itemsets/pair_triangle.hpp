// A counter for every pair of not too many items, on each thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "algorithms/itemsets/baskets.hpp"

namespace fullbase::itemsets {

/// Counts of all pairs of items [0, items), each thread in its own 32 bits a pair: the fastest way as long as that stays near the
/// processor. Memory: 8 bytes a pair, and 4 on each thread that counts.
class PairTriangle {
 public:
  PairTriangle(std::int32_t items, int threads);

  static std::int64_t bytes(std::int64_t pairs, int threads) noexcept { return pairs * (8 + 4 * std::int64_t{threads}); }

  /// Counts the baskets' pairs, each as often as its basket's weight. Safe from different threads. Cost: a step a pair of each
  /// basket, long baskets 64 at a time (LongBaskets).
  void add(const Baskets& baskets, int thread);

  /// What all threads counted: pair (i, j), i > j, at i (i - 1) / 2 + j. Afterwards nothing more is added.
  std::vector<std::int64_t> take();

 private:
  struct Counters {
    std::vector<std::uint32_t> counts;
    std::uint64_t weight = 0;  ///< of all baskets in them: no counter is above it
  };
  /// To the sums, before the counters could overflow.
  void move_to_sums(Counters& counters);

  std::int32_t items_;
  std::vector<Counters> threads_;
  std::mutex mutex_;
  std::vector<std::int64_t> sums_;
};

}  // namespace fullbase::itemsets
