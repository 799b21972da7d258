// How a feature's values fall into bins: what a tree splits by, one byte a value.
#pragma once

#include <cstdint>
#include <vector>

namespace fullbase::trees {

/// Bins of a feature are 0, 1, ..., at most most_bins - 1; a missing value has a bin of its own.
inline constexpr int most_bins = 255;
inline constexpr std::uint8_t missing_bin = 255;

/// A number x falls into the first bin b with x <= uppers[b], or into the last one, bin uppers.size(). A category falls into
/// bin_of_category[its position]; one that training did not meet is missing.
struct FeatureBins {
  bool categorical = false;
  std::vector<float> uppers = {};  ///< numbers: ascending, midway between neighbouring values of the training rows
  std::vector<std::uint8_t> bin_of_category = {};  ///< categories: the 254 most frequent by themselves, the rest in one bin
  int bins = 1;                                    ///< bins that there are, without that of missing values

  /// The bin of a value as learning::FeatureReader reads it.
  std::uint8_t bin(double value) const noexcept;

  friend bool operator==(const FeatureBins&, const FeatureBins&) = default;
};

}  // namespace fullbase::trees
