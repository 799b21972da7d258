// Frequent sets that a rank keeps, found level by level, handed over in the order of the search tree.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/found_sets.hpp"

namespace fullbase::itemsets {

/// Sets of the rarest items that a rank has. Levels come one after the other, a level's sets in their order.
class OwnSets {
 public:
  explicit OwnSets(std::int32_t items);

  /// Of a set, until its run is made and while it is.
  static constexpr std::int64_t bytes_each = 20 + 2 * FoundSets::bytes_each;

  void begin_level();
  /// A set, rarest item first, and the baskets that hold it. `number` and `beginning`: which of all frequent sets of its level it
  /// is, over all ranks, and which of the level before the set without its last item; that one is here too.
  void add(std::span<const std::int32_t> set, std::int64_t number, std::int64_t beginning, std::int64_t count);

  /// Nothing is left here.
  std::vector<SetRun> take_runs();

 private:
  struct Level {
    std::vector<std::int32_t> items;  ///< the last of each set
    std::vector<std::int64_t> counts;
    std::vector<std::int64_t> beginnings;  ///< numbers in the level before
  };
  std::vector<Level> levels_;
  std::vector<std::int64_t> shifts_;         ///< by rarest item: number here less number of all, in the last level
  std::vector<std::int64_t> shifts_before_;  ///< in the level before
  std::int32_t rarest_ = -1;
};

}  // namespace fullbase::itemsets
