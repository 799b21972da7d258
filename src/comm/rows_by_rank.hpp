// Rows in the order of the ranks that they go to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace fullbase::comm {

/// What RowExchange wants: rank r gets the rows order[starts[r]], ..., order[starts[r + 1] - 1].
struct RowsByRank {
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> starts;
};

/// Of the rows 0 to rows - 1 those that go to a rank, in their order; `rank_of(row)`: which, -1 where to none. Not collective.
/// Memory: 8 bytes a row that goes. Cost: two calls of rank_of() a row.
template <class F>
RowsByRank rows_by_rank(int ranks, std::int64_t rows, F&& rank_of) {
  RowsByRank result;
  result.starts.assign(static_cast<std::size_t>(ranks) + 1, 0);
  for (std::int64_t row = 0; row < rows; ++row) {
    if (const int rank = rank_of(row); rank >= 0) ++result.starts[static_cast<std::size_t>(rank) + 1];
  }
  std::partial_sum(result.starts.begin(), result.starts.end(), result.starts.begin());
  result.order.resize(static_cast<std::size_t>(result.starts.back()));
  auto next = result.starts;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (const int rank = rank_of(row); rank >= 0)
      result.order[static_cast<std::size_t>(next[static_cast<std::size_t>(rank)]++)] = row;
  }
  return result;
}

}  // namespace fullbase::comm
