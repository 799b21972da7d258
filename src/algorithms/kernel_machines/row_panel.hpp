// Rows as kernel machines read them: blocks of 1024 rows, each feature's values side by side.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/block.hpp"

namespace fullbase::kernel_machines {

/// Rows of `columns` features in double. Rows beyond the last are zeros. Memory: bytes(rows, columns).
class RowPanel {
 public:
  RowPanel() = default;
  RowPanel(std::int64_t rows, std::int64_t columns);

  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t columns() const noexcept { return columns_; }
  std::int64_t blocks() const noexcept { return base::block_count(rows_); }
  std::int64_t rows_in(std::int64_t block) const noexcept { return base::rows_of_block(block, rows_).size(); }

  /// Feature f of the block's row i at [f * base::block_rows + i].
  double* block(std::int64_t block) noexcept { return values_.data() + block * base::block_rows * columns_; }
  const double* block(std::int64_t block) const noexcept { return values_.data() + block * base::block_rows * columns_; }

  double value(std::int64_t row, std::int64_t column) const noexcept {
    return block(base::block_of_row(row))[column * base::block_rows + row % base::block_rows];
  }
  /// A row's features, in order.
  void copy_row(std::int64_t row, std::span<double> out) const noexcept;
  void set_row(std::int64_t row, std::span<const double> values) noexcept;
  /// The rows at these positions, in this order.
  RowPanel subset(std::span<const std::int64_t> rows) const;

  static std::int64_t bytes(std::int64_t rows, std::int64_t columns) noexcept {
    return base::block_count(rows) * base::block_rows * columns * static_cast<std::int64_t>(sizeof(double));
  }

 private:
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  std::vector<double> values_;
};

/// exp(-gamma ||x_i - p||^2) of the block's rows and `count` points (at most kernel::point_group), rows of features side by side:
/// of point p and row i at out[p * base::block_rows + i]. Symmetric in row and point to the bit, 1 where they are equal. The
/// same bits on every CPU; rows up to the next multiple of kernel::row_multiple are written too. Cost: 2 d operations and an
/// exponential a value.
void rbf_values(const double* block, std::int64_t rows, std::span<const double> points, std::int64_t count, std::int64_t columns,
                double gamma, double* out);

}  // namespace fullbase::kernel_machines
