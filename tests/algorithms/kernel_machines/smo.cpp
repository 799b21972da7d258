// The exact two-class machine: closed forms, the conditions of the optimum, another method's optimum, edges.
#include "algorithms/kernel_machines/smo.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/kernel_machines/cases.hpp"
#include "base/cpu.hpp"
#include "base/error.hpp"

namespace fullbase::kernel_machines {
namespace {

using fullbase::testing::clouds;
using fullbase::testing::Points;
using fullbase::testing::rbf;
using fullbase::testing::Setting;
using fullbase::testing::solve;

double sign_of(const Points& points, std::int64_t i) {
  return points.classes[static_cast<std::size_t>(i)] == 1 ? 1 : -1;
}

/// sum_j alpha_j y_j K_ij.
std::vector<double> sums(const Points& points, double gamma, const std::vector<double>& alphas) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < points.rows(); ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < points.rows(); ++j)
      sum += alphas[static_cast<std::size_t>(j)] * sign_of(points, j) * rbf(points.row(i), points.row(j), gamma);
    result.push_back(sum);
  }
  return result;
}

double objective(const Points& points, double gamma, const std::vector<double>& alphas) {
  const auto all = sums(points, gamma, alphas);
  double value = 0;
  for (std::size_t i = 0; i < alphas.size(); ++i)
    value += alphas[i] * (sign_of(points, static_cast<std::int64_t>(i)) * all[i] / 2 - 1);
  return value;
}

/// The point of 0 <= a <= C, y'a = 0 nearest to `a`: a_i = clamp(a_i - y_i t), t by bisection.
std::vector<double> projected(const Points& points, std::vector<double> a, const std::vector<double>& bounds) {
  double low = -1e3;
  double high = 1e3;
  const auto at = [&](double t) {
    std::vector<double> moved = a;
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double y = sign_of(points, static_cast<std::int64_t>(i));
      moved[i] = std::clamp(a[i] - y * t, 0.0, bounds[static_cast<std::size_t>(points.classes[i])]);
      sum += y * moved[i];
    }
    return std::pair(moved, sum);
  };
  for (int i = 0; i < 200; ++i) (at((low + high) / 2).second > 0 ? low : high) = (low + high) / 2;
  return at((low + high) / 2).first;
}

/// The optimum by projected gradient, slow and simple.
std::vector<double> by_projected_gradient(const Points& points, double gamma, const std::vector<double>& bounds) {
  std::vector<double> a(static_cast<std::size_t>(points.rows()), 0.0);
  const double step = 1.0 / static_cast<double>(points.rows());  // the kernel's greatest eigenvalue is at most its trace
  for (int iteration = 0; iteration < 4000; ++iteration) {
    const auto all = sums(points, gamma, a);
    for (std::size_t i = 0; i < a.size(); ++i) a[i] -= step * (sign_of(points, static_cast<std::int64_t>(i)) * all[i] - 1);
    a = projected(points, a, bounds);
  }
  return a;
}

/// Bounds, y'a = 0, and a gap below the tolerance, all worked out anew from the alphas.
void expect_optimal(const Points& points, double gamma, const std::vector<double>& bounds, const SmoResult& result,
                    double tolerance) {
  const auto all = sums(points, gamma, result.alphas);
  double balance = 0;
  double highest = -std::numeric_limits<double>::infinity();
  double lowest = std::numeric_limits<double>::infinity();
  std::int64_t support = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double y = sign_of(points, static_cast<std::int64_t>(i));
    const double bound = bounds[static_cast<std::size_t>(points.classes[i])];
    const double alpha = result.alphas[i];
    ASSERT_GE(alpha, 0);
    ASSERT_LE(alpha, bound);
    balance += y * alpha;
    support += alpha > 0;
    const double score = y - all[i];
    if (y > 0 ? alpha < bound : alpha > 0) highest = std::max(highest, score);
    if (y > 0 ? alpha > 0 : alpha < bound) lowest = std::min(lowest, score);
  }
  EXPECT_NEAR(balance, 0, 1e-9);
  EXPECT_LT(highest - lowest, tolerance + 1e-9);
  EXPECT_TRUE(result.converged);
  EXPECT_EQ(result.support, support);
  EXPECT_NEAR(result.objective, objective(points, gamma, result.alphas), 1e-9 * std::max(1.0, std::fabs(result.objective)));
  EXPECT_GE(result.bias, std::min(lowest, highest) - 1e-9);
  EXPECT_LE(result.bias, std::max(lowest, highest) + 1e-9);
}

// The exclusive or: all four alphas are equal, and each row lies on its margin.
TEST(Smo, ExclusiveOrInClosedForm) {
  const Points points{2, {1, 1, -1, -1, 1, -1, -1, 1}, {1, 1, 0, 0}};
  for (const double gamma : {0.1, 0.5, 2.0}) {
    const auto result = solve(points, gamma, {1e6, 1e6}, {.tolerance = 1e-10});
    const double alpha = 1 / std::pow(1 - std::exp(-4 * gamma), 2);
    EXPECT_THAT(result.alphas, ::testing::Each(::testing::DoubleNear(alpha, 1e-7 * alpha)));
    EXPECT_NEAR(result.bias, 0, 1e-9);
    EXPECT_NEAR(result.objective, -2 * alpha, 1e-7 * alpha);
  }
}

TEST(Smo, ReachesWhatProjectedGradientReaches) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto points = clouds(24, 2, 2, 0.7, 0.1, seed);
    for (const auto& bounds : {std::vector<double>{1, 1}, {0.2, 3}, {5, 5}}) {
      const auto result = solve(points, 0.5, bounds, {.tolerance = 1e-8});
      const auto expected = by_projected_gradient(points, 0.5, bounds);
      EXPECT_NEAR(result.objective, objective(points, 0.5, expected), 1e-4 * std::fabs(result.objective));
      expect_optimal(points, 0.5, bounds, result, 1e-8);
    }
  }
}

// More rows than a working set has places, so that rounds follow one another.
TEST(Smo, ConditionsHoldAfterManyRounds) {
  const auto points = clouds(2500, 5, 2, 0.4, 0.1, 11);
  for (const double c : {0.1, 1.0, 100.0}) {
    const auto result = solve(points, 0.2, {c, 2 * c}, {.tolerance = 1e-3}, {1, 2});
    EXPECT_GT(result.rounds, 3);
    expect_optimal(points, 0.2, {c, 2 * c}, result, 1e-3);
  }
}

TEST(Smo, EqualRowsShareTheirWeight) {
  // Rows twice, some with the other class: no curvature between them.
  Points points = clouds(60, 2, 2, 1, 0, 5);
  const auto once = points;
  for (std::int64_t i = 0; i < once.rows(); ++i) {
    points.values.insert(points.values.end(), once.row(i).begin(), once.row(i).end());
    points.classes.push_back(i < 10 ? 1 - once.classes[static_cast<std::size_t>(i)] : once.classes[static_cast<std::size_t>(i)]);
  }
  expect_optimal(points, 0.5, {1, 1}, solve(points, 0.5, {1, 1}, {.tolerance = 1e-6}), 1e-6);
}

TEST(Smo, RowsThatAreAllAlikeAreToldByTheirMajority) {
  const Points points{1, {2, 2, 2}, {0, 1, 1}};
  const auto result = solve(points, 1, {1, 1});
  EXPECT_TRUE(result.converged);
  EXPECT_GT(result.bias, 0);
}

TEST(Smo, OneClassAloneHasItsSignAsBias) {
  for (const int c : {0, 1}) {
    const Points points{1, {1, 2, 3}, {c, c, c}};
    const auto result = solve(points, 1, {1, 1});
    EXPECT_THAT(result.alphas, ::testing::Each(0.0));
    EXPECT_EQ(result.bias, c == 1 ? 1 : -1);
    EXPECT_TRUE(result.converged);
  }
}

TEST(Smo, RowsWithoutWeightOrNoRowsAtAll) {
  const auto points = clouds(40, 2, 2, 1, 0.1, 3);
  const auto none = solve(points, 1, {0, 0});
  EXPECT_THAT(none.alphas, ::testing::Each(0.0));
  EXPECT_EQ(none.support, 0);
  EXPECT_EQ(none.bias, 0);
  const auto one_side = solve(points, 1, {0, 1});
  EXPECT_THAT(one_side.alphas, ::testing::Each(0.0));
  EXPECT_EQ(one_side.bias, 1);
  const auto empty = solve({2, {}, {}}, 1, {1, 1}, {}, {3, 1});
  EXPECT_TRUE(empty.converged);
  EXPECT_EQ(empty.bias, 0);
}

TEST(Smo, StepsHaveAnEnd) {
  const auto points = clouds(2000, 3, 2, 0.3, 0.2, 9);
  const auto result = solve(points, 1, {10, 10}, {.tolerance = 1e-6, .max_steps = 700});
  EXPECT_EQ(result.steps, 700);
  EXPECT_FALSE(result.converged);
  EXPECT_GT(result.gap, 1e-6);
}

// No tolerance can be met beyond what doubles resolve: it ends all the same.
TEST(Smo, EndsWhereNoStepIsLargeEnough) {
  const auto points = clouds(300, 3, 2, 0.3, 0.2, 10);
  const auto result = solve(points, 1, {10, 10}, {.tolerance = 1e-300, .max_steps = 200'000});
  EXPECT_LT(result.gap, 1e-9);
}

TEST(Smo, SameBitsOnAnyRanksThreadsMemoryAndCpu) {
  // So many features that columns are kept where there is memory.
  const auto points = clouds(2 * 1024 + 77, 50, 2, 0.1, 0.1, 21);
  const auto expected = solve(points, 0.02, {2, 1});
  EXPECT_GT(expected.rounds, 3);
  const auto expect_same = [&](const SmoResult& result) {
    EXPECT_EQ(result.alphas, expected.alphas);
    EXPECT_EQ(result.bias, expected.bias);
    EXPECT_EQ(result.objective, expected.objective);
    EXPECT_EQ(result.steps, expected.steps);
    EXPECT_EQ(result.rounds, expected.rounds);
  };
  for (const int ranks : {1, 2, 3, 4})
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(::testing::Message() << ranks << " ranks, " << threads << " threads");
      parallel::set_thread_count(threads);
      // Nothing to keep columns in; some; all of them.
      const auto least = smo_bytes(points.rows(), points.columns);
      expect_same(solve(points, 0.02, {2, 1}, {}, {ranks, threads, least}));
      expect_same(solve(points, 0.02, {2, 1}, {}, {ranks, threads, least + (std::int64_t{1} << 22)}));
      expect_same(solve(points, 0.02, {2, 1}, {}, {ranks, threads}));
    }
  for (const auto isa : {base::Isa::baseline, base::Isa::avx2, base::Isa::avx512}) {
    if (isa > base::machine_isa()) continue;
    SCOPED_TRACE(base::isa_name(isa));
    base::force_isa(isa);
    expect_same(solve(points, 0.02, {2, 1}, {}, {2, 1}));
    base::force_isa(base::machine_isa());
  }
}

TEST(Smo, FewerRowsThanRanks) {
  const Points points{1, {0, 1, 3}, {0, 0, 1}};
  const auto expected = solve(points, 1, {1, 1});
  EXPECT_EQ(solve(points, 1, {1, 1}, {}, {4, 2}).alphas, expected.alphas);
}

TEST(Smo, TooLittleMemoryIsOneErrorOnEveryRank) {
  const auto points = clouds(3000, 4, 2, 1, 0.1, 4);
  for (const int ranks : {1, 3}) EXPECT_THROW(solve(points, 1, {1, 1}, {}, {ranks, 1, 1 << 20}), base::Error);
}

TEST(Smo, OneRankWithoutMemoryStopsAllWithItsError) {
  const auto points = clouds(4096, 2, 2, 1, 0.1, 6);
  for (const int failing : {0, 1, 2, 3}) {
    std::vector<std::string> messages(4);
    comm::run_threads(4, [&](comm::Communicator& communicator) {
      const auto rows = base::Partition(4096, 4).rows_of(communicator.rank());
      const auto panel = fullbase::testing::panel_of(points, rows);
      std::vector<std::int64_t> numbers;
      for (auto row = rows.first; row < rows.last; ++row) numbers.push_back(row);
      const std::vector<double> signs(1024, 1);
      const std::vector<double> bounds(1024, 1);
      data::Budget budget(communicator.rank() == failing ? 1000 : 1 << 30);
      try {
        solve_smo(communicator, {panel, numbers, signs, bounds, 1}, {}, budget);
      } catch (const base::Error& error) {
        messages[static_cast<std::size_t>(communicator.rank())] = error.what();
      }
    });
    EXPECT_THAT(messages, ::testing::Each(messages[0]));
    EXPECT_THAT(messages[0], ::testing::HasSubstr("rank " + std::to_string(failing)));
  }
}

}  // namespace
}  // namespace fullbase::kernel_machines
