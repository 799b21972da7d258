// The rows that a linear model is fitted to, encoded once and passed over again and again: one rank's canonical blocks, in memory
// as far as the budget goes and in a spill file beyond.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "algorithms/linear/encoding.hpp"
#include "algorithms/linear/missing.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"
#include "data/spill.hpp"

namespace fullbase::linear {

struct DesignOptions {
  bool standardize = true;  ///< numbers are divided by their deviation; they are less their mean in any case
  Missing missing = Missing::error;
};

/// A block as kernels see it: column after column, base::block_rows values each, padded with zeros (indexes with -1).
struct DesignBlock {
  std::int64_t block = 0;
  std::int64_t rows = 0;                ///< without the padding
  const double* dense = nullptr;        ///< Encoding::dense() columns, the last one 1 in every row but the padding
  const std::int32_t* index = nullptr;  ///< Encoding::indexes() columns of places
};

/// Encoded rows, distributed as base::Partition says. Memory: bytes() if the budget has them, else what data::ByteBlocks needs to
/// stream them; it takes all that it can use.
class Design {
 public:
  /// Of an encoding that may not be fitted yet.
  Design(std::int64_t rows, base::BlockRange local, Encoding encoding, data::Budget& budget, data::Spill& spill);

  /// Bytes of a row: 8 a number and for the constant, 4 a categorical feature, rounded up to 8.
  static std::int64_t row_bytes(std::int64_t numbers, std::int64_t categoricals) noexcept {
    return 8 * (numbers + 1) + (4 * categoricals + 7) / 8 * 8;
  }
  static std::int64_t bytes(std::int64_t blocks, std::int64_t numbers, std::int64_t categoricals) noexcept {
    return blocks * base::block_rows * row_bytes(numbers, categoricals);
  }
  /// Bytes without which a rank cannot have so many blocks.
  static std::int64_t least_bytes(std::int64_t blocks, std::int64_t numbers, std::int64_t categoricals) noexcept {
    return bytes(std::min<std::int64_t>(blocks, 2), numbers, categoricals);
  }

  const Encoding& encoding() const noexcept { return encoding_; }
  std::int64_t rows() const noexcept { return rows_; }
  base::RowRange local_rows() const noexcept { return base::rows_of_blocks(blocks_.local(), rows_); }
  std::int64_t spilled_bytes() const noexcept { return blocks_.spilled_bytes(); }

  /// Encodes and stores a block: feature f of its row i at values[f * stride + i]. Safe from several threads on different blocks.
  void write(std::int64_t block, const double* values, std::int64_t stride);
  /// The same with numbers as they are, until scale().
  void write_unscaled(std::int64_t block, const double* values, std::int64_t stride);
  /// Scales all blocks, which were written unscaled, as `fitted` says: the encoding from here on. Not collective; one pass.
  void scale(Encoding fitted);

  /// Calls work(block, thread) once for each local block, as parallel::for_each_block does. Not collective.
  void for_each(const std::function<void(const DesignBlock& block, int thread)>& work) const;

 private:
  void store(std::int64_t block, const double* values, std::int64_t stride, bool scaled);

  std::int64_t rows_;
  Encoding encoding_;
  data::ByteBlocks blocks_;  ///< a block's bytes, column after column; only whole blocks mean anything
};

/// Collective; the same encoding on every rank. Fits means and deviations to the whole table and encodes its rows.
///
/// Exactness: a block's sums are taken in one order, sums over blocks are exact, deviations are those from the mean (Chan, Golub,
/// LeVeque 1983, per block, then the blocks' means). A column of one value alone becomes zeros.
///
/// Throws input errors, the same on every rank: with Missing::error a missing value, and always an infinite one (or one beyond
/// 1e140) and a column that has no value at all, with the count and the first row; more categories than 2^31.
///
/// One pass over the columns, one over the design. Memory beside the design, from the budget: encoding_fit_bytes(); and
/// parallel::scan's batches. `beside` says what the caller will take from the budget beside the design; it is free again when
/// this returns. Sends 3 exact sums (552 bytes each) a number column, 48 bytes a feature, 8 a category and 32 more.
Design build_design(comm::Communicator& communicator, const data::BlockSource& source,
                    std::span<const learning::Feature> features, const DesignOptions& options, data::Budget& budget,
                    data::Spill& spill, std::int64_t beside = 0);

}  // namespace fullbase::linear
