#include "algorithms/clustering/panel.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>

#include "base/contract.hpp"

namespace fullbase::clustering {

AlignedFloats::AlignedFloats(std::int64_t size) {
  const auto bytes = (static_cast<std::size_t>(size) * sizeof(float) + 63) / 64 * 64;
  auto* pointer = static_cast<float*>(std::aligned_alloc(64, std::max<std::size_t>(bytes, 64)));
  if (pointer == nullptr) throw std::bad_alloc();
  data_.reset(pointer);
  std::fill(pointer, pointer + size, 0.0F);
}

void AlignedFloats::Free::operator()(float* pointer) const noexcept {
  std::free(pointer);
}

CentroidPanel::CentroidPanel(base::matrix_view<const float> centroids)
    : groups_((centroids.rows() + kernel::lanes - 1) / kernel::lanes),
      columns_(centroids.columns()),
      values_(groups_ * kernel::lanes * columns_),
      norms_(groups_ * kernel::lanes) {
  FULLBASE_EXPECTS(columns_ <= most_columns, "centroids have at most 65,536 columns");
  std::fill(norms_.data(), norms_.data() + groups_ * kernel::lanes, std::numeric_limits<float>::infinity());
  for (std::int64_t c = 0; c < centroids.rows(); ++c) {
    const auto tile = c / (kernel::lanes * kernel::tile_groups);
    const auto tile_first = tile * kernel::lanes * kernel::tile_groups;
    const auto width = std::min<std::int64_t>(groups_ * kernel::lanes - tile_first, kernel::lanes * kernel::tile_groups);
    float* column = values_.data() + tile_first * columns_ + (c - tile_first);
    double norm = 0;
    for (std::int64_t j = 0; j < columns_; ++j, column += width) {
      const double value = static_cast<double>(centroids(c, j));
      *column = -2.0F * centroids(c, j);
      norm += value * value;
    }
    norms_.data()[c] = static_cast<float>(norm);
    greatest_norm_ = std::max(greatest_norm_, std::sqrt(norm) * (1 + 0x1p-35));
  }
}

// (1 + 2^-24)^n - 1 <= 0x1.01p-24 n for n <= 65,538 roundings.
double CentroidPanel::score_error(double x_norm) const noexcept {
  const double terms = static_cast<double>(columns_ + 2);
  const double underflow = terms * 0x1p-147;
  return terms * 0x1.01p-24 * greatest_norm_ * (greatest_norm_ + 2 * x_norm) + underflow;
}

double CentroidPanel::error_slope() const noexcept {
  return static_cast<double>(columns_ + 2) * 0x1.01p-24 * 2 * greatest_norm_;
}

}  // namespace fullbase::clustering
