#include "algorithms/recommendation/sparse_rows.hpp"

#include <algorithm>

namespace fullbase::recommendation {

std::vector<std::int32_t> rows_of_entries(std::span<const std::int64_t> starts, std::int64_t first_row, std::int64_t first,
                                          std::int64_t last) {
  std::vector<std::int32_t> rows;
  rows.reserve(static_cast<std::size_t>(last - first));
  auto row = std::ranges::upper_bound(starts, first) - starts.begin() - 1;
  for (auto entry = first; entry < last; ++entry) {
    while (starts[static_cast<std::size_t>(row) + 1] <= entry) ++row;
    rows.push_back(static_cast<std::int32_t>(first_row + row));
  }
  return rows;
}

}  // namespace fullbase::recommendation
