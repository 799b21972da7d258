#include "algorithms/trees/binner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/contract.hpp"

namespace fullbase::trees {

Binner::Binner(const FeatureBins& bins) : bins_(bins) {
  FULLBASE_EXPECTS(bins.uppers.size() < most_bins, "a feature has at most 255 bins");
  uppers_.fill(std::numeric_limits<float>::infinity());
  std::copy(bins.uppers.begin(), bins.uppers.end(), uppers_.begin());
}

void Binner::bin(std::span<const double> values, std::uint8_t* out, std::int64_t stride) const noexcept {
  if (bins_.categorical) {
    for (std::size_t i = 0; i < values.size(); ++i) out[static_cast<std::int64_t>(i) * stride] = bins_.bin(values[i]);
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<float>(values[i]);
    std::size_t below = 0;
    for (std::size_t step = 128; step > 0; step /= 2) below += uppers_[below + step - 1] < value ? step : 0;
    out[static_cast<std::int64_t>(i) * stride] = std::isnan(value) ? missing_bin : static_cast<std::uint8_t>(below);
  }
}

}  // namespace fullbase::trees
