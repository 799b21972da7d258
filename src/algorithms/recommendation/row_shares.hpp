// Which rank has which rows of a side of a matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/block.hpp"

namespace fullbase::recommendation {

/// Contiguous runs of canonical blocks, in the order of ranks. Where they are cut alters no result. A rank may have none.
class RowShares {
 public:
  RowShares() = default;
  /// As base::Partition cuts them.
  RowShares(std::int64_t rows, int ranks);
  /// As even in cost as whole blocks allow; `block_costs`: not negative, one for each block, the same on every rank. No rank
  /// has more than its part of the cost and half the dearest block on either side.
  RowShares(std::int64_t rows, int ranks, std::span<const std::int64_t> block_costs);

  std::int64_t rows() const noexcept { return starts_.back(); }
  int ranks() const noexcept { return static_cast<int>(starts_.size()) - 1; }
  base::RowRange rows_of(int rank) const noexcept {
    return {starts_[static_cast<std::size_t>(rank)], starts_[static_cast<std::size_t>(rank) + 1]};
  }
  /// The most rows that any rank has.
  std::int64_t most_rows() const noexcept;
  /// The rank that has a row. O(log ranks).
  int owner_of_row(std::int64_t row) const noexcept;

  friend bool operator==(const RowShares&, const RowShares&) = default;

 private:
  std::vector<std::int64_t> starts_ = {0, 0};
};

}  // namespace fullbase::recommendation
