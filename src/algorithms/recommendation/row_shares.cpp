#include "algorithms/recommendation/row_shares.hpp"

#include <algorithm>
#include <numeric>

#include "base/contract.hpp"
#include "base/int128.hpp"

namespace fullbase::recommendation {

RowShares::RowShares(std::int64_t rows, int ranks) : starts_(1, 0) {
  const base::Partition partition(rows, ranks);
  for (int rank = 0; rank < ranks; ++rank) starts_.push_back(partition.rows_of(rank).last);
}

RowShares::RowShares(std::int64_t rows, int ranks, std::span<const std::int64_t> block_costs) : starts_(1, 0) {
  FULLBASE_EXPECTS(std::ssize(block_costs) == base::block_count(rows), "a block has a cost");
  const auto total = std::accumulate(block_costs.begin(), block_costs.end(), base::int128{0});
  base::int128 before = 0;
  std::int64_t block = 0;
  for (int rank = 1; rank < ranks; ++rank) {
    // A block that lies across a border goes to the side that has more of it.
    const auto twice_border = 2 * total * rank / ranks;
    while (block < std::ssize(block_costs) && 2 * before + block_costs[static_cast<std::size_t>(block)] <= twice_border)
      before += block_costs[static_cast<std::size_t>(block++)];
    starts_.push_back(std::min(rows, block * base::block_rows));
  }
  starts_.push_back(rows);
}

std::int64_t RowShares::most_rows() const noexcept {
  std::int64_t most = 0;
  for (int rank = 0; rank < ranks(); ++rank) most = std::max(most, rows_of(rank).size());
  return most;
}

int RowShares::owner_of_row(std::int64_t row) const noexcept {
  return static_cast<int>(std::upper_bound(starts_.begin() + 1, starts_.end() - 1, row) - starts_.begin()) - 1;
}

}  // namespace fullbase::recommendation
