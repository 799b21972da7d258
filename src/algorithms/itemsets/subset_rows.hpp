// Where the subsets of one frequent set after another stand in the table of sets.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "algorithms/itemsets/set_index.hpp"

namespace fullbase::itemsets {

/// The subsets of one set, each a mask of the set's items: bit p is the item at position p, rarest first. What was looked up is
/// kept, also while the next set has the same first items: sets that are visited in their order share most of their subsets.
/// Memory: SetIndex::subset_bytes(). Cost: move_to() 2^(size - 1) writes; a subset that was not looked up before one search more
/// than the subset without its most frequent item.
class SubsetRows {
 public:
  explicit SubsetRows(const SetIndex& sets);

  void move_to(std::int32_t set);

  int size() const noexcept { return static_cast<int>(path_.size()); }
  std::uint32_t whole() const noexcept { return (std::uint32_t{1} << path_.size()) - 1; }
  /// The item at a position.
  std::int32_t item(int position) const noexcept { return sets_.item(path_[static_cast<std::size_t>(position)]); }
  /// The set of these items, at least one; -1 if it is not frequent.
  std::int32_t row(std::uint32_t subset) {
    const auto known = rows_[subset];
    return known != unknown ? known : look_up(subset);
  }

 private:
  static constexpr std::int32_t unknown = -2;
  std::int32_t look_up(std::uint32_t subset);

  const SetIndex& sets_;
  std::vector<std::int32_t> path_;  ///< the sets of the first item, the first two, ..., all of them
  std::vector<std::int32_t> rows_;  ///< by mask
};

}  // namespace fullbase::itemsets
