// Measures of a regression: hand values, and what infinite values and constant labels leave.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "cases.hpp"

namespace fullbase::metrics {
namespace {

using namespace fullbase::testing;
using ::testing::HasSubstr;

std::vector<Measure> measure(const std::vector<double>& labels, const std::vector<double>& predicted, int ranks = 1,
                             int threads = 1) {
  parallel::set_thread_count(threads);
  std::vector<std::vector<Measure>> found(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 26);
    const auto mine = uneven(std::ssize(labels), communicator.rank(), ranks);
    found[static_cast<std::size_t>(communicator.rank())] =
        regression_measures(communicator, part(labels, mine), part(predicted, mine), budget);
  });
  return found.back();
}

TEST(Regression, HandValues) {
  for (int ranks = 1; ranks <= 4; ++ranks) {
    const auto measures = measure({3, -0.5, 2, 7}, {2.5, 0, 2, 8}, ranks);
    EXPECT_EQ(find(measures, "mse").value, 0.375);
    EXPECT_DOUBLE_EQ(find(measures, "rmse").value, std::sqrt(0.375));
    EXPECT_EQ(find(measures, "mae").value, 0.5);
    EXPECT_NEAR(find(measures, "r2").value, 0.9486081370449679, 1e-15);
    EXPECT_EQ(find(measures, "median_absolute_error").value, 0.5);
    EXPECT_EQ(find(measures, "mean_bias").value, 0.25);
    EXPECT_EQ(find(measures, "max_error").value, 1);
  }
}

TEST(Regression, TheMedianOfAnEvenNumberIsTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(find(measure({0, 0, 0, 0}, {1, 2, 4, 9}), "median_absolute_error").value, 3);
  EXPECT_EQ(find(measure({0, 0, 0}, {1, 2, 4}), "median_absolute_error").value, 2);
}

TEST(Regression, AConstantLabelHasNoR2) {
  const auto measures = measure({0.1, 0.1, 0.1}, {0.1, 0.2, 0.3}, 2);
  EXPECT_TRUE(std::isnan(find(measures, "r2").value));
  EXPECT_THAT(find(measures, "r2").reason, HasSubstr("constant"));
  EXPECT_FALSE(std::isnan(find(measures, "mse").value));
}

TEST(Regression, WithoutRowsOrWithInfinitiesNothingIsDefined) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const auto& measures : {measure({}, {}, 3), measure({1, infinity, 2}, {1, infinity, 2}, 2)}) {
    EXPECT_EQ(measures.size(), 7u);
    for (const auto& one : measures) {
      EXPECT_TRUE(std::isnan(one.value)) << one.name;
      EXPECT_FALSE(one.reason.empty()) << one.name;
    }
  }
}

TEST(Regression, WhatIsBeyondFloat64IsMissing) {
  const auto measures = measure({1e200, -1e200}, {-1e200, 1e200});
  EXPECT_TRUE(std::isnan(find(measures, "mse").value));
  EXPECT_THAT(find(measures, "mse").reason, HasSubstr("beyond float64"));
  EXPECT_EQ(find(measures, "mae").value, 2e200);
  EXPECT_EQ(find(measures, "mean_bias").value, 0);
}

TEST(Regression, SameBitsOnAnyRanksThreadsAndOrders) {
  std::mt19937 random(8);
  std::normal_distribution<double> normal;
  std::vector<double> labels, predicted;
  for (int i = 0; i < 4'001; ++i) {
    labels.push_back(normal(random) * (i % 97 == 0 ? 1e6 : 1));
    predicted.push_back(labels.back() + normal(random));
  }
  const auto expected = measure(labels, predicted);
  for (int ranks = 1; ranks <= 4; ++ranks) {
    for (int threads = 1; threads <= 2; ++threads) expect_same(measure(labels, predicted, ranks, threads), expected);
  }
  std::ranges::reverse(labels);
  std::ranges::reverse(predicted);
  expect_same(measure(labels, predicted, 3), expected);
}

}  // namespace
}  // namespace fullbase::metrics
