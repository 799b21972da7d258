// Sums whose result does not depend on the order of the terms: across blocks, threads and ranks, sums are sums of integers.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "base/contract.hpp"
#include "base/int128.hpp"

namespace fullbase::base {

/// A power-of-two fixed-point scale for one column and statistic, for sums in hot loops. Values become integers q = x *
/// 2^exponent, rounded to nearest even, with |q| <= 2^51 and count * max|q| < 2^62, so that int64 sums of all `count` values
/// cannot overflow. Where that step would exceed 2^-24 of the mean magnitude (a far outlier), a second limb takes the remainder
/// in steps 2^-low_bits() times as large.
///
/// Error bound: each value is off by at most error_of_value(), half the last limb's step, and the sum over n values by n times
/// that; with two limbs a value is off by at most 2^-(low_bits() + 1) of the first limb's step. Adding the integers adds no
/// error.
class FixedScale {
 public:
  /// For sums of zeros only.
  FixedScale() = default;
  /// For at most `count` terms of magnitude at most `max_abs` and mean magnitude about `mean_abs`, all finite. The scale is part
  /// of a result: pass exact statistics of the whole column, the same on every rank.
  static FixedScale choose(std::int64_t count, double max_abs, double mean_abs);

  int limbs() const noexcept { return limbs_; }
  int exponent() const noexcept { return exponent_; }
  /// Bits between the first limb's step and the second's.
  int low_bits() const noexcept { return low_bits_; }
  /// 2^exponent and 2^-exponent.
  double multiplier() const noexcept { return multiplier_; }
  double step() const noexcept { return step_; }
  double error_of_value() const noexcept;

  /// round-to-nearest-even(scaled) for |scaled| <= 2^51: adding 1.5 * 2^52 leaves the integer in the low bits. One addition and
  /// one subtraction, so that it vectorises; kernels do the same in lanes.
  static constexpr double round_magic = 6755399441055744.0;
  static constexpr std::int64_t round_to_int64(double scaled) noexcept {
    return std::bit_cast<std::int64_t>(scaled + round_magic) - std::bit_cast<std::int64_t>(round_magic);
  }

  /// The first limb of x, |x| <= max_abs.
  std::int64_t high(double x) const noexcept { return round_to_int64(x * multiplier_); }
  /// The second limb, given the first: the remainder is exact in double. 0 with one limb.
  std::int64_t low(double x, std::int64_t high_limb) const noexcept {
    return limbs_ == 1 ? 0 : round_to_int64((x - static_cast<double>(high_limb) * step_) * low_multiplier_);
  }
  double low_multiplier() const noexcept { return low_multiplier_; }

  /// The sum that the limbs' sums stand for, rounded once to the nearest double.
  double value(int128 high_sum, int128 low_sum = 0) const noexcept;

  friend bool operator==(const FixedScale&, const FixedScale&) = default;

 private:
  int limbs_ = 1;
  int exponent_ = 0;
  int low_bits_ = 0;
  double multiplier_ = 1;
  double step_ = 1;
  double low_multiplier_ = 1;
};

/// Two limbs' running sums.
struct FixedSum {
  std::int64_t high = 0;
  std::int64_t low = 0;

  void add(const FixedScale& scale, double x) noexcept {
    const std::int64_t limb = scale.high(x);
    high += limb;
    low += scale.low(x, limb);
  }
  void add(const FixedSum& other) noexcept {
    high += other.high;
    low += other.low;
  }
  double value(const FixedScale& scale) const noexcept { return scale.value(high, low); }
};

/// The sum of the values in one fixed order: eight running sums over value i mod 8, added pairwise at the end. For one block; the
/// same bits on every CPU. Error: at most (n / 8 + 3) * 2^-53 * sum|x|, to first order.
double ordered_sum(std::span<const double> values) noexcept;

/// An exact sum of doubles of any magnitude: a fixed-point number wide enough for every double, in 32-bit digits held in 64-bit
/// limbs. value() is the true sum of what was added, rounded once; merging is integer addition. About 5 ns a term: made for block
/// sums and column statistics rather than for hot loops. No error bound is needed: the sum has none before its one rounding.
class ExactSum {
 public:
  static constexpr int limb_count = 69;

  /// x is finite.
  void add(double x);
  void add(const ExactSum& other) noexcept;

  /// The nearest double (ties to even), +-infinity beyond the largest. Never -0.
  double value() const noexcept;

  /// What communicator.sum() adds: limbs of any number (below 2^30) of ranks' sums may be added element-wise, after this call has
  /// brought the digits below 2^32.
  std::span<std::int64_t> limbs() noexcept;

 private:
  void normalise() noexcept;
  std::array<std::int64_t, limb_count> limbs_{};  ///< limb i counts 2^(32 i - 1088)
  std::int64_t pending_ = 0;                      ///< additions since the last normalise()
};

}  // namespace fullbase::base
