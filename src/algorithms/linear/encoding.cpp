#include "algorithms/linear/encoding.hpp"

#include <algorithm>
#include <cmath>

#include "base/math.hpp"

namespace fullbase::linear {

Encoding Encoding::of(std::span<const learning::Feature> features) {
  Encoding encoding;
  for (std::size_t f = 0; f < features.size(); ++f)
    (features[f].categorical ? encoding.categoricals : encoding.numbers).push_back(static_cast<int>(f));
  if (encoding.categoricals.empty()) return encoding;
  encoding.first.push_back(encoding.dense());
  for (const int f : encoding.categoricals)
    encoding.first.push_back(encoding.first.back() + std::ssize(features[static_cast<std::size_t>(f)].categories));
  return encoding;
}

double Encoding::spread_of(std::int64_t place) const noexcept {
  if (place < intercept()) return spread[static_cast<std::size_t>(place)];
  if (place == intercept()) return 0;
  const double share = shares[static_cast<std::size_t>(place - dense())];
  return base::sqrt(share * (1 - share));
}

bool Encoding::is_constant() const noexcept {
  return std::ranges::all_of(spread, [](double one) { return one == 0; }) &&
         std::ranges::all_of(shares, [](double share) { return share == 0 || share == 1; });
}

void Encoding::encode(const double* values, std::int64_t stride, std::int64_t rows, double* dense, std::int32_t* index,
                      std::int64_t out_stride) const {
  place(values, stride, rows, dense, index, out_stride);
  scale(dense, rows, out_stride);
}

void Encoding::place(const double* values, std::int64_t stride, std::int64_t rows, double* dense, std::int32_t* index,
                     std::int64_t out_stride) const {
  for (std::size_t j = 0; j < numbers.size(); ++j)
    std::copy_n(values + numbers[j] * stride, rows, dense + static_cast<std::int64_t>(j) * out_stride);
  std::fill_n(dense + intercept() * out_stride, rows, 1.0);
  for (std::size_t c = 0; c < categoricals.size(); ++c) {
    const double* from = values + categoricals[c] * stride;
    std::int32_t* to = index + static_cast<std::int64_t>(c) * out_stride;
    for (std::int64_t i = 0; i < rows; ++i)
      to[i] = from[i] >= 0 ? static_cast<std::int32_t>(first[c] + static_cast<std::int64_t>(from[i])) : -1;
  }
}

void Encoding::scale(double* dense, std::int64_t rows, std::int64_t out_stride) const {
  for (std::size_t j = 0; j < numbers.size(); ++j) {
    double* column = dense + static_cast<std::int64_t>(j) * out_stride;
    for (std::int64_t i = 0; i < rows; ++i) {
      const double scaled = (column[i] - mean[j]) / deviation[j];
      column[i] = std::isnan(column[i]) ? 0.0 : scaled;
    }
  }
}

}  // namespace fullbase::linear
