// Frequent itemsets as miners find them, in the one order that all of them keep.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "data/budget.hpp"

namespace fullbase::itemsets {

/// Sets in the order of their search tree. A set is its items from the rarest (the greatest number) on: i > j > k; sets compare
/// item by item, and a set comes before those that it begins: {0} {1} {1 0} {2} {2 0} {2 1} {2 1 0}. So a set of n items follows
/// the n - 1 first of them, the last set of that size before it, and an item and a size a set say everything.
struct FoundSets {
  std::vector<std::int32_t> items;   ///< the last one, the most frequent of the set
  std::vector<std::uint16_t> sizes;  ///< number of items
  std::vector<std::int64_t> counts;  ///< baskets that hold all of them

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(items.size()); }
  void add(std::int32_t item, int set_size, std::int64_t count) {
    items.push_back(item);
    sizes.push_back(static_cast<std::uint16_t>(set_size));
    counts.push_back(count);
  }
  void shrink() {
    items.shrink_to_fit();
    sizes.shrink_to_fit();
    counts.shrink_to_fit();
  }
  static constexpr std::int64_t bytes_each = 14;
};

/// A run of sets that follow each other in the order: the set of the item `rarest` alone, where second is -1; else sets that
/// begin with `rarest` and go on with `second`, all of those, and perhaps all that go on with further items of the class behind
/// it. A rank holds any runs; all ranks together hold each set once; none is empty.
struct SetRun {
  std::int32_t rarest = 0;
  std::int32_t second = -1;
  FoundSets sets;
};

/// What a miner found on this rank: runs in ascending order, and the memory that they take.
struct MinedSets {
  std::vector<SetRun> runs;
  std::vector<data::Reservation> memory;
};

struct MiningOptions {
  std::int64_t least = 1;    ///< baskets that a set is in at least
  int longest = 65535;       ///< items of a set at most
  std::int64_t baskets = 0;  ///< of the whole base, for messages and to choose how occurrences are kept
};

/// Told of progress: classes of sets (or levels) done, of how many; on rank 0's main thread.
using MiningObserver = std::function<void(std::int64_t done, std::int64_t total)>;

}  // namespace fullbase::itemsets
