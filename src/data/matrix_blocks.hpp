// The rows of float32 or of bytes that an algorithm passes over again and again: one rank's canonical blocks, in memory as far as
// the budget goes and in a spill file beyond.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/block.hpp"
#include "base/matrix_view.hpp"
#include "data/budget.hpp"
#include "data/spill.hpp"

namespace fullbase::data {

/// Rows of a matrix of `rows` x `columns` that lie in `local`. Every block is stored with block_rows rows of `stride()` values,
/// padded with zeros, so that the last block meets the same kernel as all others. Memory: what it reserves; at best local.size()
/// * block_rows * stride() * sizeof(T) bytes, at worst two blocks as buffers of a loop, which it requires. It takes all that it
/// can use: what else is needed beside it is reserved before. T is float or std::uint8_t.
template <class T>
class BasicMatrixBlocks {
 public:
  BasicMatrixBlocks(std::int64_t rows, int columns, base::BlockRange local, Budget& budget, Spill& spill);

  /// Bytes of so many blocks in memory.
  static constexpr std::int64_t bytes(std::int64_t blocks, int columns) noexcept {
    return blocks * base::block_rows * stride_of(columns) * static_cast<std::int64_t>(sizeof(T));
  }
  /// Bytes without which a rank cannot have so many blocks: two buffers to stream them.
  static constexpr std::int64_t least_bytes(std::int64_t blocks, int columns) noexcept {
    return bytes(std::min<std::int64_t>(blocks, 2), columns);
  }

  std::int64_t rows() const noexcept { return rows_; }
  int columns() const noexcept { return columns_; }
  /// Values from one row to the next: columns() rounded up to a multiple of 4; padding columns are 0.
  int stride() const noexcept { return stride_; }
  base::BlockRange local() const noexcept { return local_; }
  base::RowRange local_rows() const noexcept { return base::rows_of_blocks(local_, rows_); }
  /// The first resident_blocks() blocks of local() are in memory, the rest in the spill file.
  std::int64_t resident_blocks() const noexcept { return resident_; }
  std::int64_t spilled_bytes() const noexcept { return bytes(local_.size() - resident_, columns_); }
  /// Blocks of one segment in which a loop streams the spilled ones; the reservation holds two such buffers. 0 if all are
  /// resident.
  std::int64_t segment_blocks() const noexcept { return segment_; }

  /// Stores a block: values has the block's rows (fewer than block_rows in the table's last block). Safe from several threads on
  /// different blocks.
  void write(std::int64_t block, base::matrix_view<const T> values);

  /// The block's block_rows x columns() values, padded rows included; only for a resident block.
  base::matrix_view<const T> resident(std::int64_t block) const;
  /// Reads blocks [first, last) into buffer (block_rows * stride() values each), resident or not.
  void read(base::BlockRange blocks, T* buffer) const;

  std::int64_t block_values() const noexcept { return base::block_rows * stride_; }

 private:
  static constexpr int stride_of(int columns) noexcept { return (columns + 3) / 4 * 4; }
  std::int64_t block_bytes() const noexcept { return block_values() * static_cast<std::int64_t>(sizeof(T)); }

  std::int64_t rows_;
  int columns_;
  int stride_;
  base::BlockRange local_;
  std::int64_t resident_ = 0;
  std::int64_t segment_ = 0;
  Reservation reservation_;   ///< the whole matrix, or the two buffers of a streamed loop
  Reservation for_resident_;  ///< the blocks in memory, where not all are
  std::vector<T> memory_;
  std::unique_ptr<SpillFile> spilled_;
};

using MatrixBlocks = BasicMatrixBlocks<float>;
using ByteBlocks = BasicMatrixBlocks<std::uint8_t>;

}  // namespace fullbase::data
