#include "algorithms/itemsets/subset_rows.hpp"

#include <algorithm>
#include <cstddef>

namespace fullbase::itemsets {

SubsetRows::SubsetRows(const SetIndex& sets) : sets_(sets), rows_(std::size_t{1} << sets.longest(), unknown) {}

void SubsetRows::move_to(std::int32_t set) {
  const auto size = static_cast<std::size_t>(sets_.size(set));
  path_.resize(std::max(path_.size(), size), -1);
  // Sets of the same first items stand on the same path from the first item on.
  auto known = size;
  for (auto row = set; known > 0 && path_[known - 1] != row; row = sets_.rest(row)) path_[--known] = row;
  path_.resize(size);
  const auto at = [&](std::size_t mask) { return rows_.begin() + static_cast<std::ptrdiff_t>(mask); };
  if (known < size) std::fill(at(std::size_t{1} << known), at(std::size_t{1} << size), unknown);
  for (auto position = known; position < size; ++position) {
    rows_[std::size_t{1} << position] = sets_.single(sets_.item(path_[position]));
    rows_[(std::size_t{2} << position) - 1] = path_[position];
  }
}

std::int32_t SubsetRows::look_up(std::uint32_t subset) {
  const int last = std::bit_width(subset) - 1;
  const auto without = row(subset ^ (std::uint32_t{1} << last));
  const auto found = without < 0 ? -1 : sets_.with(without, item(last));
  rows_[subset] = found;
  return found;
}

}  // namespace fullbase::itemsets
