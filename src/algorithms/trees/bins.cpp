#include "algorithms/trees/bins.hpp"

#include <algorithm>
#include <cmath>

namespace fullbase::trees {

std::uint8_t FeatureBins::bin(double value) const noexcept {
  if (std::isnan(value)) return missing_bin;
  if (categorical) {
    if (!(value >= 0 && value < static_cast<double>(bin_of_category.size()))) return missing_bin;
    return bin_of_category[static_cast<std::size_t>(value)];
  }
  // Cuts were made between float32 values: what lies between two of those is rounded first, here as in training.
  const auto rounded = static_cast<float>(value);
  return static_cast<std::uint8_t>(std::lower_bound(uppers.begin(), uppers.end(), rounded) - uppers.begin());
}

}  // namespace fullbase::trees
