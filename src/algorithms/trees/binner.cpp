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
  // Values search side by side, so that none waits for its own last comparison; a guess at a comparison would be wrong every
  // other time.
  constexpr std::size_t side_by_side = 8;
  for (std::size_t first = 0; first < values.size(); first += side_by_side) {
    const auto some = std::min(side_by_side, values.size() - first);
    std::array<float, side_by_side> wanted{};
    std::array<std::uint32_t, side_by_side> below{};
    for (std::size_t i = 0; i < some; ++i) wanted[i] = static_cast<float>(values[first + i]);
    for (int digit = 7; digit >= 0; --digit) {
      const auto middle = (std::uint32_t{1} << digit) - 1;
      for (std::size_t i = 0; i < side_by_side; ++i)
        below[i] += static_cast<std::uint32_t>(uppers_[below[i] + middle] < wanted[i]) << digit;
    }
    for (std::size_t i = 0; i < some; ++i)
      out[static_cast<std::int64_t>(first + i) * stride] =
          std::isnan(wanted[i]) ? missing_bin : static_cast<std::uint8_t>(below[i]);
  }
}

}  // namespace fullbase::trees
