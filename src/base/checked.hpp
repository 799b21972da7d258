// Integer arithmetic and conversions that notice when a result does not fit.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/int128.hpp"

namespace fullbase::base {

/// `value` as a `To`. Throws an internal error if `To` cannot hold it: for sizes and counts at interfaces, where only a fault of
/// ours could overflow.
template <std::integral To, std::integral From>
constexpr To checked_cast(From value) {
  if (!std::in_range<To>(value)) throw internal_error("a number does not fit the type that it is converted to");
  return static_cast<To>(value);
}

/// The sum, difference or product, or nothing where the type (int64, int128, ...) cannot hold it.
template <class T>
constexpr std::optional<T> checked_add(T a, T b) noexcept {
  T result{};
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}
template <class T>
constexpr std::optional<T> checked_subtract(T a, T b) noexcept {
  T result{};
  if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
  return result;
}
template <class T>
constexpr std::optional<T> checked_multiply(T a, T b) noexcept {
  T result{};
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

/// The 128-bit value in 64 bits, or nothing.
constexpr std::optional<std::int64_t> checked_int64(int128 value) noexcept {
  if (value < std::numeric_limits<std::int64_t>::min() || value > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace fullbase::base
