// Draws in proportion to integer weights, exactly: draw an integer below the total, find whose share it falls in.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/int128.hpp"

namespace fullbase::random {

/// The total of integer weights.
base::uint128 total_weight(std::span<const std::uint64_t> weights) noexcept;

/// The item whose share of [0, total) contains `target`: the first i with weights[0] + ... + weights[i] > target. `target` is
/// below the total. An item of weight 0 is never found. O(n).
std::int64_t find_weighted(std::span<const std::uint64_t> weights, base::uint128 target);
std::int64_t find_weighted(std::span<const base::uint128> weights, base::uint128 target);

/// The same for many draws from the same weights: O(log n) each. Memory: 8 bytes an item. The total is below 2^64.
class CumulativeWeights {
 public:
  CumulativeWeights() = default;
  explicit CumulativeWeights(std::span<const std::uint64_t> weights);

  std::uint64_t total() const noexcept { return sums_.empty() ? 0 : sums_.back(); }
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(sums_.size()); }
  /// target < total().
  std::int64_t find(std::uint64_t target) const noexcept;

 private:
  std::vector<std::uint64_t> sums_;
};

}  // namespace fullbase::random
