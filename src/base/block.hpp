// Canonical blocks: rows are cut by global row number into blocks of a fixed size, and nothing that can alter a result cuts them
// otherwise. Ranks own contiguous runs of blocks; threads take blocks.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/contract.hpp"
#include "base/int128.hpp"

namespace fullbase::base {

/// Rows in a canonical block: a constant of the format. Changing it changes every digest.
inline constexpr std::int64_t block_rows = 1024;

/// Global row numbers [first, last).
struct RowRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  constexpr std::int64_t size() const noexcept { return last - first; }
  constexpr bool empty() const noexcept { return last <= first; }
  constexpr bool contains(std::int64_t row) const noexcept { return first <= row && row < last; }
  friend constexpr bool operator==(RowRange, RowRange) = default;
};

constexpr RowRange intersect(RowRange a, RowRange b) noexcept {
  const auto first = std::max(a.first, b.first);
  return {first, std::max(first, std::min(a.last, b.last))};
}

/// Block numbers [first, last).
struct BlockRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  constexpr std::int64_t size() const noexcept { return last - first; }
  constexpr bool empty() const noexcept { return last <= first; }
  constexpr bool contains(std::int64_t block) const noexcept { return first <= block && block < last; }
  friend constexpr bool operator==(BlockRange, BlockRange) = default;
};

/// Blocks that `rows` rows fill, the last one possibly short.
constexpr std::int64_t block_count(std::int64_t rows) noexcept {
  return (rows + block_rows - 1) / block_rows;
}

constexpr std::int64_t block_of_row(std::int64_t row) noexcept {
  return row / block_rows;
}

/// The rows of one block in a table of `rows` rows.
constexpr RowRange rows_of_block(std::int64_t block, std::int64_t rows) noexcept {
  return {block * block_rows, std::min(rows, (block + 1) * block_rows)};
}

/// The rows of a run of blocks in a table of `rows` rows.
constexpr RowRange rows_of_blocks(BlockRange blocks, std::int64_t rows) noexcept {
  return {std::min(rows, blocks.first * block_rows), std::min(rows, blocks.last * block_rows)};
}

/// Which rank owns which blocks of a table: contiguous runs, as even as whole blocks allow. A rank may own none.
class Partition {
 public:
  Partition() = default;
  Partition(std::int64_t rows, int ranks) : rows_(rows), ranks_(ranks) {
    FULLBASE_EXPECTS(rows >= 0 && ranks > 0, "a partition has rows and at least one rank");
  }

  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t blocks() const noexcept { return block_count(rows_); }
  int ranks() const noexcept { return ranks_; }

  BlockRange blocks_of(int rank) const noexcept { return {border(rank), border(rank + 1)}; }
  RowRange rows_of(int rank) const noexcept { return rows_of_blocks(blocks_of(rank), rows_); }

  /// The blocks of the rank that owns most, and a bound on the rows of any rank.
  std::int64_t most_blocks() const noexcept { return (blocks() + ranks_ - 1) / ranks_; }
  std::int64_t most_rows() const noexcept { return std::min(rows_, most_blocks() * block_rows); }

  /// The rank that owns a block: O(1).
  int owner_of_block(std::int64_t block) const noexcept {
    auto rank = static_cast<int>(((static_cast<int128>(block) + 1) * ranks_ - 1) / std::max<std::int64_t>(1, blocks()));
    return std::min(rank, ranks_ - 1);
  }
  int owner_of_row(std::int64_t row) const noexcept { return owner_of_block(block_of_row(row)); }

  friend bool operator==(const Partition&, const Partition&) = default;

 private:
  std::int64_t border(int rank) const noexcept {
    return static_cast<std::int64_t>(static_cast<int128>(blocks()) * rank / ranks_);
  }

  std::int64_t rows_ = 0;
  int ranks_ = 1;
};

}  // namespace fullbase::base
