#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "base/error.hpp"
#include "base/exact_sum.hpp"

namespace fullbase::base {
namespace {

double magnitude_mean(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += std::abs(v);
  return sum / static_cast<double>(x.size());
}
double magnitude_max(const std::vector<double>& x) {
  double most = 0;
  for (const double v : x) most = std::max(most, std::abs(v));
  return most;
}
FixedScale scale_of(const std::vector<double>& x) {
  return FixedScale::choose(static_cast<std::int64_t>(x.size()), magnitude_max(x), magnitude_mean(x));
}

TEST(FixedScale, KeepsItsBounds) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 100'000; ++i) {
    const auto count = static_cast<std::int64_t>(random() >> (24 + random() % 40));
    const double most = std::ldexp(1 + static_cast<double>(random() >> 12) * 0x1p-52, static_cast<int>(random() % 600) - 300);
    const double mean = most * std::ldexp(1.0, -static_cast<int>(random() % 40));
    if (count == 0) continue;
    const FixedScale scale = FixedScale::choose(count, most, mean);
    const std::int64_t q = scale.high(most);
    ASSERT_LE(q, std::int64_t{1} << 51);
    ASSERT_LT(static_cast<int128>(q) * count, int128{1} << 62);
    // No coarser than it has to be: one bit more would break a bound.
    ASSERT_TRUE(2 * std::ldexp(most, scale.exponent()) > 0x1p51 ||
                2.0 * static_cast<double>(q) * static_cast<double>(count) > 0x1p61);
    ASSERT_EQ(scale.limbs() == 2, scale.step() > mean * 0x1p-24);
    if (scale.limbs() == 2) {
      ASSERT_LT(int128{count} << (scale.low_bits() - 1), int128{1} << 62);
      ASSERT_GE(scale.low_bits(), 22);
    }
  }
}

TEST(FixedScale, RoundsToNearestEven) {
  for (const double x : {0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 4503599627370495.5 / 2, 0x1p51, -0x1p51, 1e15 + 0.25}) {
    EXPECT_EQ(FixedScale::round_to_int64(x), static_cast<std::int64_t>(std::nearbyint(x))) << x;
  }
}

TEST(FixedScale, SumsWithinItsErrorBoundWhateverTheOrder) {
  std::mt19937_64 random(9);
  std::normal_distribution<double> normal(100, 15);
  std::vector<double> x(10'000);
  for (double& v : x) v = normal(random);
  const FixedScale scale = scale_of(x);
  EXPECT_EQ(scale.limbs(), 1);
  FixedSum forward;
  for (const double v : x) forward.add(scale, v);
  ExactSum exact;
  for (const double v : x) exact.add(v);
  EXPECT_LE(std::abs(forward.value(scale) - exact.value()), static_cast<double>(x.size()) * scale.error_of_value() + 1e-9 * 1e-3);

  std::shuffle(x.begin(), x.end(), random);
  FixedSum parts[3];
  for (std::size_t i = 0; i < x.size(); ++i) parts[i % 3].add(scale, x[i]);
  parts[2].add(parts[0]);
  parts[2].add(parts[1]);
  EXPECT_EQ(parts[2].high, forward.high);
  EXPECT_EQ(parts[2].low, forward.low);
}

/// FACTS: with one outlier of 1e9 among a billion values of deviation 1e-3, one limb's step would be half a unit.
TEST(FixedScale, AnOutlierDoesNotWipeOutTheRest) {
  std::mt19937_64 random(10);
  std::normal_distribution<double> normal(0, 1e-3);
  std::vector<double> x(100'000);
  for (double& v : x) v = normal(random);
  x[777] = 1e9;
  const std::int64_t pretended_count = 1'000'000'000;
  const double mean = (magnitude_mean(x) * static_cast<double>(x.size())) / static_cast<double>(pretended_count) + 1e-3;
  const FixedScale scale = FixedScale::choose(pretended_count, 1e9, mean);
  ASSERT_EQ(scale.limbs(), 2);
  EXPECT_LT(scale.error_of_value(), 1e-3 * 0x1p-24);
  FixedSum sum;
  ExactSum exact;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i == 777) continue;
    sum.add(scale, x[i]);
    exact.add(x[i]);
  }
  EXPECT_NEAR(sum.value(scale), exact.value(), 1e5 * scale.error_of_value());
  sum.add(scale, 1e9);
  exact.add(1e9);
  EXPECT_NEAR(sum.value(scale), exact.value(), 1e5 * scale.error_of_value() + 1e-7);
}

TEST(FixedScale, ExtremesOfDouble) {
  for (const double most : {5e-324, 1e-308, 1e-300, 1e300, 0x1p1023}) {
    const FixedScale scale = FixedScale::choose(1000, most, most / 2);
    FixedSum sum;
    sum.add(scale, most);
    EXPECT_NEAR(sum.value(scale), most, scale.error_of_value()) << most;
  }
  EXPECT_EQ(FixedScale::choose(10, 0, 0), FixedScale());
  EXPECT_THROW(FixedScale::choose(10, std::numeric_limits<double>::infinity(), 1), Error);
  EXPECT_THROW(FixedScale::choose(10, std::numeric_limits<double>::quiet_NaN(), 1), Error);
}

TEST(OrderedSum, IsNearTheExactSum) {
  std::mt19937_64 random(11);
  for (std::size_t size = 0; size < 100; ++size) {
    std::vector<double> x(size);
    double magnitude = 0;
    ExactSum exact;
    for (double& v : x) {
      v = static_cast<double>(random() >> 11) * 0x1p-52 - 1;
      magnitude += std::abs(v);
      exact.add(v);
    }
    const double bound = (static_cast<double>(size) / 8 + 4) * 0x1p-53 * magnitude;
    ASSERT_NEAR(ordered_sum(x), exact.value(), bound);
  }
}

TEST(ExactSum, CancelsWithoutALoss) {
  ExactSum sum;
  for (const double x : {1e308, 1.0, 1e-300, -1e308, 5e-324}) sum.add(x);
  EXPECT_EQ(sum.value(), 1.0);
  sum.add(-1.0);
  EXPECT_EQ(sum.value(), 1e-300);
  sum.add(-1e-300);
  EXPECT_EQ(sum.value(), 5e-324);
  sum.add(-5e-324);
  EXPECT_EQ(sum.value(), 0.0);
  EXPECT_FALSE(std::signbit(sum.value()));
  EXPECT_THROW(sum.add(std::numeric_limits<double>::quiet_NaN()), Error);
}

TEST(ExactSum, OneTermIsItself) {
  std::mt19937_64 random(12);
  for (int i = 0; i < 100'000; ++i) {
    const double x = std::bit_cast<double>(random());
    if (!std::isfinite(x)) continue;
    ExactSum sum;
    sum.add(x);
    ASSERT_EQ(sum.value(), x);
  }
}

/// The oracle: whole numbers times a power of two, summed in 128 bits, the conversion to double rounding once.
TEST(ExactSum, AgreesWith128BitIntegers) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 2000; ++round) {
    ExactSum sum;
    int128 reference = 0;
    for (int i = 0; i < 50; ++i) {
      const auto value = static_cast<std::int64_t>(random()) >> 11;
      const int shift = static_cast<int>(random() % 60);
      reference += static_cast<int128>(value) << shift;
      sum.add(std::ldexp(static_cast<double>(value), shift - 30));
    }
    ASSERT_EQ(sum.value(), std::ldexp(static_cast<double>(reference), -30));
  }
}

TEST(ExactSum, RoundsHalfWayToEvenAndStickyBitsUp) {
  ExactSum sum;
  sum.add(0x1p53);
  sum.add(1.0);
  EXPECT_EQ(sum.value(), 0x1p53);
  sum.add(1e-300);
  EXPECT_EQ(sum.value(), 0x1p53 + 2);
  ExactSum large;
  for (int i = 0; i < 3; ++i) large.add(std::numeric_limits<double>::max());
  EXPECT_EQ(large.value(), std::numeric_limits<double>::infinity());
  ExactSum negative;
  for (int i = 0; i < 3; ++i) negative.add(-0x1p1023);
  EXPECT_EQ(negative.value(), -std::numeric_limits<double>::infinity());
  negative.add(0x1p1023);
  negative.add(0x1p1023);
  EXPECT_EQ(negative.value(), -0x1p1023);
}

TEST(ExactSum, MergesAsRanksDo) {
  std::mt19937_64 random(14);
  std::vector<double> x(3000);
  for (double& v : x)
    v = std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())), static_cast<int>(random() % 400) - 200);
  ExactSum whole;
  for (const double v : x) whole.add(v);
  ExactSum parts[4];
  for (std::size_t i = 0; i < x.size(); ++i) parts[i % 4].add(x[i]);
  // As communicator.sum() does: limbs element by element.
  auto limbs = parts[0].limbs();
  for (int rank = 1; rank < 3; ++rank) {
    const auto other = parts[rank].limbs();
    for (std::size_t i = 0; i < limbs.size(); ++i) limbs[i] += other[i];
  }
  parts[0].add(parts[3]);
  EXPECT_EQ(parts[0].value(), whole.value());
  parts[0].add(1.0);
  whole.add(1.0);
  EXPECT_EQ(parts[0].value(), whole.value());
}

}  // namespace
}  // namespace fullbase::base
