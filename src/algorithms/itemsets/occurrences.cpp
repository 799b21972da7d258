#include "algorithms/itemsets/occurrences.hpp"

#include <numeric>

#include "algorithms/itemsets/kernel.hpp"

namespace fullbase::itemsets {

std::int64_t BitColumns::words() const noexcept {
  std::int64_t words = 0;
  for (const auto& range : ranges) words += range.last - range.first;
  return words;
}

std::int64_t BitColumns::count_both(const std::uint64_t* a, const std::uint64_t* b) const noexcept {
  const auto& kernels = kernel::active();
  std::int64_t count = 0;
  for (const auto& range : ranges)
    count += kernels.count_both(a + range.first, b + range.first, range.last - range.first) << range.shift;
  return count;
}

void RowLists::turn(std::int64_t count) {
  column_starts.assign(static_cast<std::size_t>(count) + 1, 0);
  for (const auto column : columns) ++column_starts[static_cast<std::size_t>(column) + 1];
  std::partial_sum(column_starts.begin(), column_starts.end(), column_starts.begin());
  rows_of_columns.resize(columns.size());
  std::vector<std::int64_t> next(column_starts.begin(), column_starts.end() - 1);
  for (std::int64_t row = 0; row < rows(); ++row) {
    for (const auto column : columns_of(row))
      rows_of_columns[static_cast<std::size_t>(next[static_cast<std::size_t>(column)]++)] = static_cast<std::int32_t>(row);
  }
}

}  // namespace fullbase::itemsets
