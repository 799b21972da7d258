// Runs of a feature's values to bins, quickly.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "algorithms/trees/bins.hpp"

namespace fullbase::trees {

/// FeatureBins::bin() of many values: eight comparisons each without a branch. Keeps the bins by reference. Memory: 1 KiB.
class Binner {
 public:
  explicit Binner(const FeatureBins& bins);

  /// Value i's bin goes to out[i * stride].
  void bin(std::span<const double> values, std::uint8_t* out, std::int64_t stride) const noexcept;

 private:
  const FeatureBins& bins_;
  std::array<float, 256> uppers_{};  ///< filled up with infinities, which no value lies above
};

}  // namespace fullbase::trees
