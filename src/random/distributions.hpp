// Distributions over Philox words: the same values on every machine, from base/math and integer arithmetic only.
#pragma once

#include <cstdint>

#include "random/generator.hpp"

namespace fullbase::random {

/// Uniform on (0, 1): an odd multiple of 2^-53. One bit more, and the largest would round to 1.
constexpr double open_unit(std::uint64_t word) noexcept {
  return (static_cast<double>(word >> 12) + 0.5) * 0x1p-52;
}

/// The words of one (row, round) in order, for drawing any number of values that belong to one row: draw 0, 1, 2, ... of the
/// generator, four words each. Cheap to make; a copy goes on by itself.
class Stream {
 public:
  Stream(Generator generator, std::int64_t row, std::int64_t round = 0) noexcept
      : generator_(generator), row_(row), round_(round) {}

  std::uint64_t word() noexcept;
  /// Uniform on [0, 1): a multiple of 2^-53.
  double uniform() noexcept { return static_cast<double>(word() >> 11) * 0x1p-53; }
  double open_uniform() noexcept { return open_unit(word()); }
  /// Uniform on {0, ..., bound - 1}, exactly (multiplication with rejection, D. Lemire 2019); bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept;

 private:
  Generator generator_;
  std::int64_t row_;
  std::int64_t round_;
  std::int64_t draw_ = 0;
  int used_ = 4;
  std::array<std::uint64_t, 4> words_{};
};

/// Standard normal by Box-Muller, from the first two words at (row, draw, round). Its tails end at |value| = 8.58, beyond which
/// lies a share of 1e-17.
double normal(const Generator& generator, std::int64_t row, std::int64_t draw = 0, std::int64_t round = 0) noexcept;

double normal(Stream& stream) noexcept;
/// Mean 1.
double exponential(Stream& stream) noexcept;
/// Mean `shape`, scale 1; shape > 0 (Marsaglia and Tsang 2000).
double gamma(Stream& stream, double shape) noexcept;
/// mean in [0, 1e6]; about mean + 1 uniforms: products of uniforms against e^-m, in parts of mean at most 16 (Knuth).
std::int64_t poisson(Stream& stream, double mean) noexcept;
/// Failures before the first success; success probability in (0, 1].
std::int64_t geometric(Stream& stream, double success) noexcept;

}  // namespace fullbase::random
