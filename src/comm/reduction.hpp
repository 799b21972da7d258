// What a reduction does with two elements: shared by every transport, so that they agree.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/int128.hpp"

namespace fullbase::comm {

/// A value and the global index that it belongs to; ties go to the lower index.
struct Extreme {
  double value = 0;
  std::int64_t index = -1;  ///< -1: none
  friend bool operator==(const Extreme&, const Extreme&) = default;
};

/// Signed sums are unsigned ones of the same bits; floating-point minima are minima of ordered_bits().
enum class Reduction { sum_64, sum_128, min_int64, max_int64, min_uint64, max_uint64, argmin, argmax };

constexpr std::size_t element_bytes(Reduction reduction) noexcept {
  return reduction == Reduction::sum_128 || reduction == Reduction::argmin || reduction == Reduction::argmax ? 16 : 8;
}

/// 64 bits that compare as unsigned integers the way doubles do: -inf < ... < -0 < 0 < ... < inf; a NaN lies beyond the infinity
/// of its sign.
constexpr std::uint64_t ordered_bits(double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return bits ^ ((bits >> 63) != 0 ? ~std::uint64_t{0} : std::uint64_t{1} << 63);
}
constexpr std::uint64_t ordered_bits(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
}
constexpr double double_of_ordered_bits(std::uint64_t bits) noexcept {
  return std::bit_cast<double>(bits ^ ((bits >> 63) != 0 ? std::uint64_t{1} << 63 : ~std::uint64_t{0}));
}
constexpr std::int64_t int64_of_ordered_bits(std::uint64_t bits) noexcept {
  return static_cast<std::int64_t>(bits ^ (std::uint64_t{1} << 63));
}

/// into[i] = into[i] (+) from[i]. Associative and commutative to the bit, so no transport's order shows. Neither side need be
/// aligned.
void combine(std::byte* into, const std::byte* from, std::int64_t count, Reduction reduction);

}  // namespace fullbase::comm
