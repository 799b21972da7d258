// Centroids as rows of float32, and packed as the assign kernel reads them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/clustering/kernel.hpp"
#include "base/matrix_view.hpp"

namespace fullbase::clustering {

/// Zeros that begin on a cache line.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::int64_t size);
  float* data() noexcept { return data_.get(); }
  const float* data() const noexcept { return data_.get(); }

 private:
  struct Free {
    void operator()(float* pointer) const noexcept;
  };
  std::unique_ptr<float[], Free> data_;
};

/// Most columns of a panel: up to here the factor in score_error() outweighs the growth of d roundings, and a score of values
/// that column_statistics() lets through, centred, stays below float32's largest.
inline constexpr std::int64_t most_columns = 65536;

/// k centroids of d <= most_columns columns packed for kernel::Table::assign. Norms are summed in double in column order and
/// rounded once.
class CentroidPanel {
 public:
  explicit CentroidPanel(base::matrix_view<const float> centroids);

  kernel::Panel view() const noexcept { return {values_.data(), norms_.data(), groups_, columns_}; }
  /// An upper bound of |score - (|x - c|^2 - |x|^2)| for any centroid c of the panel and any row with |x| <= x_norm. The score is
  /// norm_c, rounded once, plus d fma, each off by at most 2^-24 of a partial sum that never exceeds |c|^2 + 2 |x| |c|.
  double score_error(double x_norm) const noexcept;
  /// What score_error() grows by where x_norm grows by 1. Not a difference of two errors: those are equal to the last bit where a
  /// norm is so great that adding 1 to it does nothing.
  double error_slope() const noexcept;
  /// The greatest |c|, rounded up.
  double greatest_norm() const noexcept { return greatest_norm_; }

 private:
  std::int64_t groups_;
  std::int64_t columns_;
  AlignedFloats values_;
  AlignedFloats norms_;
  double greatest_norm_ = 0;
};

}  // namespace fullbase::clustering
