#include "base/exact_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fullbase::base {
namespace {

/// Bounds that keep 2^exponent, its inverse and the second limb's multiplier normal numbers.
constexpr int least_exponent = -1000;
constexpr int greatest_exponent = 960;
constexpr int greatest_low_bits = 51;

constexpr std::int64_t digit_mask = 0xffffffff;
constexpr std::int64_t additions_before_carry = std::int64_t{1} << 30;
constexpr int lowest_bit = 1088;  ///< limb 0 counts 2^-1088

}  // namespace

FixedScale FixedScale::choose(std::int64_t count, double max_abs, double mean_abs) {
  FULLBASE_EXPECTS(0 <= count && count <= (std::int64_t{1} << 40), "an exact sum has at most 2^40 terms");
  FULLBASE_EXPECTS(std::isfinite(max_abs) && max_abs >= 0 && std::isfinite(mean_abs) && mean_abs >= 0,
                   "a fixed-point scale comes from finite magnitudes");
  FixedScale scale;
  if (count == 0 || max_abs == 0) return scale;
  const std::int64_t largest = std::min(std::int64_t{1} << 51, ((std::int64_t{1} << 62) - 1) / count);
  const auto fits = [&](int exponent) { return std::ldexp(max_abs, exponent) <= static_cast<double>(largest); };
  int exponent =
      std::clamp(std::ilogb(static_cast<double>(largest)) - std::ilogb(max_abs) + 1, least_exponent, greatest_exponent);
  while (!fits(exponent)) --exponent;
  scale.exponent_ = exponent;
  scale.multiplier_ = std::ldexp(1.0, exponent);
  scale.step_ = std::ldexp(1.0, -exponent);
  scale.low_multiplier_ = scale.multiplier_;
  if (scale.step_ > mean_abs * 0x1p-24) {
    // A remainder is at most half a step, so the second limb is at most 2^(low_bits - 1), and `count` of them stay below 2^62.
    const auto count_bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count)));
    scale.limbs_ = 2;
    scale.low_bits_ = std::min(greatest_low_bits, 62 - count_bits);
    scale.low_multiplier_ = std::ldexp(1.0, exponent + scale.low_bits_);
  }
  return scale;
}

double FixedScale::error_of_value() const noexcept {
  return std::ldexp(0.5, -exponent_ - low_bits_);
}

double FixedScale::value(int128 high_sum, int128 low_sum) const noexcept {
  const int128 total = limbs_ == 1 ? high_sum : high_sum * (int128{1} << low_bits_) + low_sum;
  return std::ldexp(static_cast<double>(total), -exponent_ - low_bits_);
}

double ordered_sum(std::span<const double> values) noexcept {
  double sums[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) sums[lane] += values[i + lane];
  }
  for (std::size_t lane = 0; i + lane < values.size(); ++lane) sums[lane] += values[i + lane];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

void ExactSum::add(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int biased = static_cast<int>(bits >> 52) & 0x7ff;
  FULLBASE_EXPECTS(biased != 0x7ff, "an exact sum has finite terms");
  if (pending_ >= additions_before_carry) normalise();
  ++pending_;
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  const std::uint64_t significand = biased == 0 ? fraction : fraction | (std::uint64_t{1} << 52);
  const int position = std::max(biased, 1) - 1075 + lowest_bit;
  const auto shifted = static_cast<uint128>(significand) << (position & 31);
  auto* limb = limbs_.data() + (position >> 5);
  const auto digit = [&](int i) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(shifted >> (32 * i)) & digit_mask);
  };
  const std::int64_t sign = bits >> 63 ? -1 : 1;
  for (int i = 0; i < 3; ++i) limb[i] += sign * digit(i);
}

void ExactSum::add(const ExactSum& other) noexcept {
  if (pending_ + other.pending_ + 2 > additions_before_carry) normalise();
  for (std::size_t i = 0; i < limbs_.size(); ++i) limbs_[i] += other.limbs_[i];
  pending_ += other.pending_ + 2;
}

void ExactSum::normalise() noexcept {
  for (std::size_t i = 0; i + 1 < limbs_.size(); ++i) {
    const std::int64_t carry = limbs_[i] >> 32;
    limbs_[i] &= digit_mask;
    limbs_[i + 1] += carry;
  }
  pending_ = 1;
}

std::span<std::int64_t> ExactSum::limbs() noexcept {
  normalise();
  pending_ = additions_before_carry;
  return limbs_;
}

double ExactSum::value() const noexcept {
  ExactSum sum = *this;
  sum.normalise();
  const bool negative = sum.limbs_.back() < 0;
  if (negative) {
    for (auto& limb : sum.limbs_) limb = -limb;
    sum.normalise();
  }
  int top = limb_count - 1;
  while (top > 2 && sum.limbs_[static_cast<std::size_t>(top)] == 0) --top;
  const auto at = [&](int i) { return static_cast<uint128>(sum.limbs_[static_cast<std::size_t>(i)]); };
  // The leading 65 to 96 bits, all that lies below as a sticky last bit: the conversion then rounds as the whole would.
  uint128 leading = (at(top) << 64) | (at(top - 1) << 32) | at(top - 2);
  const bool rest = std::any_of(sum.limbs_.begin(), sum.limbs_.begin() + (top - 2), [](std::int64_t limb) { return limb != 0; });
  if (rest) leading |= 1;
  const double value = std::ldexp(static_cast<double>(leading), 32 * (top - 2) - lowest_bit);
  return negative ? -value : value;
}

}  // namespace fullbase::base
