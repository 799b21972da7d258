// Counter-based random bits (Philox 4x64-10): a draw is a function of key and counter, so that it does not matter who draws it,
// or when.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/int128.hpp"

namespace fullbase::random {

/// The first 8 bytes of SHA-256(seed, step id, purpose).
struct Key {
  std::uint64_t value = 0;
};
Key make_key(std::int64_t seed, std::string_view step, std::string_view purpose);

/// Draws for one row: word `draw` of round `round`.
class Generator {
 public:
  explicit Generator(Key key) noexcept : key_(key) {}

  /// Four independent 64-bit words at counter (row, draw, round).
  std::array<std::uint64_t, 4> words(std::int64_t row, std::int64_t draw = 0, std::int64_t round = 0) const noexcept;
  std::uint64_t word(std::int64_t row, std::int64_t draw = 0, std::int64_t round = 0) const noexcept {
    return words(row, draw, round)[0];
  }

  /// Uniform on [0, 1): a multiple of 2^-53.
  double uniform(std::int64_t row, std::int64_t draw = 0, std::int64_t round = 0) const noexcept;
  /// Uniform on {0, ..., bound - 1}, exactly; bound > 0. Rejected words are replaced by the counter's other words, then by
  /// further counters.
  std::uint64_t below(std::uint64_t bound, std::int64_t row, std::int64_t draw = 0, std::int64_t round = 0) const noexcept;
  /// The same for 128-bit totals of integer weights.
  base::uint128 below(base::uint128 bound, std::int64_t row, std::int64_t draw, std::int64_t round) const noexcept;

 private:
  Key key_;
};

}  // namespace fullbase::random
