// Sums of doubles of known greatest magnitude as 128-bit integers: exact whatever the order, at a few nanoseconds a term.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/int128.hpp"

namespace fullbase::linear {

/// A power of two that takes sums of magnitude at most `bound` to integers below 2^100; 0 for a bound of 0.
inline double fixed_multiplier(double bound) noexcept {
  return bound > 0 ? std::ldexp(1.0, std::clamp(99 - std::ilogb(bound), -900, 300)) : 0.0;
}
/// A power of two that takes values of magnitude at most `bound` below 1, for products of several such.
inline double unit_multiplier(double bound) noexcept {
  return bound > 0 ? std::ldexp(1.0, std::min(-1 - std::ilogb(bound), 300)) : 0.0;
}

/// x * multiplier without its fraction.
inline base::int128 to_fixed(double x, double multiplier) noexcept {
  return static_cast<base::int128>(x * multiplier);
}
/// The nearest double.
inline double from_fixed(base::int128 sum, double multiplier) noexcept {
  return multiplier > 0 ? static_cast<double>(sum) / multiplier : 0.0;
}

}  // namespace fullbase::linear
