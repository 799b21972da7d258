// Factors of customers or items: one rank's rows.
#pragma once

#include <cstdint>

#include "base/aligned_vector.hpp"

namespace fullbase::recommendation {

/// Rows of `size` float32 factors, padded with zeros to whole registers; and behind them room for rows of other ranks. Memory:
/// 4 stride() bytes a row.
class FactorRows {
 public:
  FactorRows() = default;
  FactorRows(std::int64_t rows, int size, std::int64_t room = 0);

  std::int64_t rows() const noexcept { return rows_; }  ///< without those in the room
  int size() const noexcept { return size_; }
  std::int64_t stride() const noexcept { return stride_; }
  /// From rows() on, those in the room.
  float* row(std::int64_t r) noexcept { return values_.data() + r * stride_; }
  const float* row(std::int64_t r) const noexcept { return values_.data() + r * stride_; }
  const base::AlignedVector<float>& values() const noexcept { return values_; }
  base::AlignedVector<float>& values() noexcept { return values_; }

  /// Gives the memory of the room back.
  void drop_room();

  static std::int64_t stride_of(int size) noexcept;
  static std::int64_t bytes(std::int64_t rows, int size) noexcept { return 4 * rows * stride_of(size); }

 private:
  std::int64_t rows_ = 0;
  int size_ = 0;
  std::int64_t stride_ = 0;
  base::AlignedVector<float> values_;
};

}  // namespace fullbase::recommendation
