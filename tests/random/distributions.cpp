#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "random/distributions.hpp"
#include "random/weighted.hpp"

namespace fullbase::random {
namespace {

constexpr int draws = 200'000;
const Generator generator(make_key(7, "test", "distributions"));

struct Moments {
  double mean = 0;
  double variance = 0;
};

template <class Draw>
Moments moments(Draw draw) {
  double sum = 0;
  double squares = 0;
  for (int row = 0; row < draws; ++row) {
    Stream stream(generator, row);
    const double x = static_cast<double>(draw(stream));
    sum += x;
    squares += x * x;
  }
  const double mean = sum / draws;
  return {mean, squares / draws - mean * mean};
}

/// Mean and variance within six standard errors of what the distribution has.
void expect_moments(const Moments& found, double mean, double variance, double kurtosis) {
  EXPECT_NEAR(found.mean, mean, 6 * std::sqrt(variance / draws));
  EXPECT_NEAR(found.variance, variance, 6 * variance * std::sqrt((kurtosis - 1) / draws));
}

TEST(Distributions, HaveTheirMoments) {
  expect_moments(moments([](Stream& s) { return normal(s); }), 0, 1, 3);
  expect_moments(moments([](Stream& s) { return exponential(s); }), 1, 1, 9);
  for (const double shape : {0.3, 1.0, 2.5, 40.0}) {
    expect_moments(moments([&](Stream& s) { return gamma(s, shape); }), shape, shape, 3 + 6 / shape);
  }
  for (const double mean : {0.2, 3.0, 16.0, 50.0}) {
    expect_moments(moments([&](Stream& s) { return poisson(s, mean); }), mean, mean, 3 + 1 / mean);
  }
  for (const double p : {0.9, 0.5, 0.05}) {
    const double q = 1 - p;
    expect_moments(moments([&](Stream& s) { return geometric(s, p); }), q / p, q / (p * p), 9 + p * p / q);
  }
  EXPECT_EQ(moments([](Stream& s) { return geometric(s, 1.0); }).mean, 0);
  EXPECT_EQ(moments([](Stream& s) { return poisson(s, 0.0); }).mean, 0);
}

/// Kolmogorov-Smirnov against the normal distribution function, at a significance of about 1e-6.
TEST(Normal, HasItsDistribution) {
  std::vector<double> x(draws);
  for (int row = 0; row < draws; ++row) x[static_cast<std::size_t>(row)] = normal(generator, row, 3, 1);
  std::sort(x.begin(), x.end());
  double distance = 0;
  for (int i = 0; i < draws; ++i) {
    const double expected = 0.5 * std::erfc(-x[static_cast<std::size_t>(i)] / std::sqrt(2.0));
    distance = std::max({distance, std::abs((i + 1.0) / draws - expected), std::abs(i / static_cast<double>(draws) - expected)});
  }
  EXPECT_LT(distance, 2.7 / std::sqrt(draws));
}

/// A change of these bits is a change of every result that draws them.
TEST(Distributions, KeepTheirBits) {
  base::Sha256 hash;
  for (int row = 0; row < 1000; ++row) {
    Stream stream(generator, row);
    hash.add(std::bit_cast<std::int64_t>(normal(stream)));
    hash.add(std::bit_cast<std::int64_t>(gamma(stream, 0.7)));
    hash.add(poisson(stream, 4.2));
    hash.add(geometric(stream, 0.1));
  }
  EXPECT_EQ(base::hex(hash.finish()), "9cab58c6be3c0774e1f915ef8ebfc418c950c3b5a4a8c711706419e3a855f4c1");
}

TEST(OpenUnit, IsNeither0Nor1) {
  EXPECT_GT(open_unit(0), 0);
  EXPECT_LT(open_unit(~std::uint64_t{0}), 1);
  EXPECT_EQ(open_unit(0), 0x1p-53);
  EXPECT_EQ(1 - open_unit(~std::uint64_t{0}), 0x1p-53);
  EXPECT_EQ(open_unit(std::uint64_t{1} << 63), 0.5 + 0x1p-53);
}

TEST(Stream, IsTheGeneratorsWordsInOrder) {
  Stream stream(generator, 12, 3);
  for (int draw = 0; draw < 3; ++draw) {
    for (const std::uint64_t word : generator.words(12, draw, 3)) EXPECT_EQ(stream.word(), word);
  }
  std::vector<int> counts(6);
  for (int i = 0; i < 60'000; ++i) ++counts[stream.below(6)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Weighted, FindsTheShareOfEveryTarget) {
  const std::vector<std::uint64_t> weights = {0, 3, 0, 1, 5, 0};
  const CumulativeWeights cumulative(weights);
  EXPECT_TRUE(total_weight(weights) == 9);
  EXPECT_EQ(cumulative.total(), 9u);
  std::vector<std::uint64_t> found(weights.size());
  for (std::uint64_t target = 0; target < 9; ++target) {
    const auto item = find_weighted(weights, target);
    EXPECT_EQ(cumulative.find(target), item);
    ++found[static_cast<std::size_t>(item)];
  }
  EXPECT_EQ(found, weights);
  EXPECT_THROW(find_weighted(weights, 9), base::Error);
  const std::vector<std::uint64_t> large(3, ~std::uint64_t{0});
  EXPECT_EQ(find_weighted(large, total_weight(large) - 1), 2);
  const std::vector<base::uint128> huge{base::uint128{1} << 90, 0, base::uint128{1} << 100};
  EXPECT_EQ(find_weighted(huge, huge[0] - 1), 0);
  EXPECT_EQ(find_weighted(huge, huge[0]), 2);
  EXPECT_THROW(CumulativeWeights{large}, base::Error);
}

}  // namespace
}  // namespace fullbase::random
