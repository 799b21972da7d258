// Measures of ranking against pairs and sums counted by brute force, with many ties.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "algorithms/metrics/curves.hpp"
#include "algorithms/metrics/ranked_scores.hpp"
#include "base/error.hpp"
#include "cases.hpp"

namespace fullbase::metrics {
namespace {

using namespace fullbase::testing;

/// Calls check(communicator, ranked) on every rank.
void with_ranking(const Rows& rows, int ranks, const std::function<void(comm::Communicator&, const RankedScores&)>& check) {
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 26);
    const auto mine = uneven(rows.size(), communicator.rank(), ranks);
    check(communicator, RankedScores::build(communicator, part(rows.labels, mine), {part(rows.scores, mine), 1}, 1, 0, budget));
  });
}

double pairs_in_order(const Rows& rows) {
  double right = 0;
  double pairs = 0;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    for (std::size_t j = 0; j < rows.labels.size(); ++j) {
      if (rows.labels[i] != 1 || rows.labels[j] != 0) continue;
      ++pairs;
      right += rows.scores[i] > rows.scores[j] ? 1 : rows.scores[i] == rows.scores[j] ? 0.5 : 0;
    }
  }
  return right / pairs;
}

/// Rows and positives at or above a threshold.
std::pair<double, double> taken_at(const Rows& rows, double threshold) {
  std::pair<double, double> taken;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    if (rows.scores[i] < threshold) continue;
    ++taken.first;
    taken.second += rows.labels[i];
  }
  return taken;
}

class Ranking : public ::testing::TestWithParam<int> {};

TEST_P(Ranking, IsThatOfBruteForce) {
  const auto rows = random_rows(700, 2, GetParam(), 3);
  const std::set<double, std::greater<>> thresholds(rows.scores.begin(), rows.scores.end());
  const auto [all, positives] = taken_at(rows, -1);
  double precision = 0;
  double distance = 0;
  double before = 0;
  for (const double threshold : thresholds) {
    const auto [taken, right] = taken_at(rows, threshold);
    precision += (right - before) / positives * (right / taken);
    distance = std::max(distance, std::abs(right / positives - (taken - right) / (all - positives)));
    before = right;
  }
  for (int ranks = 1; ranks <= 4; ++ranks) {
    with_ranking(rows, ranks, [&](comm::Communicator& communicator, const RankedScores& ranked) {
      EXPECT_EQ(ranked.group_count(), std::ssize(thresholds));
      EXPECT_EQ(communicator.sum_value(std::ssize(ranked.groups())), std::ssize(thresholds));
      EXPECT_DOUBLE_EQ(roc_auc(communicator, ranked).value, pairs_in_order(rows));
      EXPECT_NEAR(average_precision(communicator, ranked).value, precision, 1e-13);
      EXPECT_NEAR(kolmogorov_smirnov(communicator, ranked).value, distance, 1e-15);
    });
  }
}
INSTANTIATE_TEST_SUITE_P(Ties, Ranking, ::testing::Values(1, 2, 5, 1'000'000));

TEST(RankedScores, HandValues) {
  const Rows rows{.labels = {1, 0, 1, 0}, .scores = {0.8, 0.4, 0.4, 0.1}};
  with_ranking(rows, 3, [](comm::Communicator& communicator, const RankedScores& ranked) {
    EXPECT_EQ(roc_auc(communicator, ranked).value, 0.875);
    EXPECT_NEAR(average_precision(communicator, ranked).value, 0.5 + 0.5 * 2 / 3, 1e-15);
  });
}

TEST(RankedScores, InfinitiesOrderAndBothZerosAreOne) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Rows rows{.labels = {1, 0, 1, 0, 0}, .scores = {infinity, 0.0, -0.0, -infinity, -3}};
  with_ranking(rows, 2, [](comm::Communicator& communicator, const RankedScores& ranked) {
    EXPECT_EQ(ranked.group_count(), 4);
    EXPECT_DOUBLE_EQ(roc_auc(communicator, ranked).value, 5.5 / 6);
  });
}

TEST(RankedScores, OneClassHasNoArea) {
  for (const std::int32_t label : {0, 1}) {
    const Rows rows{.labels = {label, label, label}, .scores = {0.1, 0.2, 0.2}};
    with_ranking(rows, 2, [&](comm::Communicator& communicator, const RankedScores& ranked) {
      for (const auto& measure : {roc_auc(communicator, ranked), kolmogorov_smirnov(communicator, ranked)}) {
        EXPECT_TRUE(std::isnan(measure.value));
        EXPECT_FALSE(measure.reason.empty());
      }
      EXPECT_EQ(std::isnan(average_precision(communicator, ranked).value), label == 0);
    });
  }
}

TEST(RankedScores, TooLittleMemoryIsTheErrorOfAllRanks) {
  const auto rows = random_rows(4'000, 2, 100, 3);
  std::vector<int> codes(3, 0);
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(communicator.rank() == 1 ? 100 : 1 << 24);
    const auto mine = uneven(rows.size(), communicator.rank(), 3);
    try {
      RankedScores::build(communicator, part(rows.labels, mine), {part(rows.scores, mine), 1}, 1, 0, budget);
    } catch (const base::Error& error) {
      codes[static_cast<std::size_t>(communicator.rank())] = error.exit_code();
    }
  });
  EXPECT_THAT(codes, ::testing::Each(78));
}

TEST(RankedScores, SendAGroupOnceAndNoRows) {
  // Twenty scores at most: what is sent does not grow with the rows.
  for (const std::int64_t count : {500, 50'000}) {
    const auto rows = random_rows(count, 2, 4, 3);
    comm::run_threads(4, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 26);
      const auto mine = uneven(rows.size(), communicator.rank(), 4);
      const auto ranked = RankedScores::build(communicator, part(rows.labels, mine), {part(rows.scores, mine), 1}, 1, 0, budget);
      const auto& table = communicator.statistics().table();
      const auto sent = table.find({"rank scores", "all_to_all"});
      ASSERT_NE(sent, table.end());
      EXPECT_LE(sent->second.bytes, 24 * ranked.group_count());
    });
  }
}

TEST(CurvePoints, AreAllThresholdsWhereThereAreFew) {
  const auto rows = random_rows(500, 2, 4, 9);
  const std::set<double, std::greater<>> thresholds(rows.scores.begin(), rows.scores.end());
  for (int ranks = 1; ranks <= 4; ++ranks) {
    with_ranking(rows, ranks, [&](comm::Communicator& communicator, const RankedScores& ranked) {
      const auto points = curve_points(communicator, ranked);
      ASSERT_EQ(points.size(), thresholds.size() + 1);
      EXPECT_EQ(points.front().rows, 0);
      auto threshold = thresholds.begin();
      for (std::size_t i = 1; i < points.size(); ++i, ++threshold) {
        EXPECT_EQ(points[i].threshold, *threshold);
        const auto [taken, right] = taken_at(rows, *threshold);
        EXPECT_EQ(static_cast<double>(points[i].rows), taken);
        EXPECT_EQ(static_cast<double>(points[i].positives), right);
      }
    });
  }
}

TEST(CurvePoints, AreExactAndSpreadOverTheRowsWhereThereAreMany) {
  const auto rows = random_rows(5'000, 2, 1'000'000, 9);
  std::vector<CurvePoint> expected;
  for (int ranks = 1; ranks <= 4; ++ranks) {
    with_ranking(rows, ranks, [&](comm::Communicator& communicator, const RankedScores& ranked) {
      const auto points = curve_points(communicator, ranked, 100);
      ASSERT_EQ(points.size(), 101u);
      EXPECT_EQ(points.back().rows, 5'000);
      for (std::size_t i = 1; i < points.size(); ++i) {
        EXPECT_GE(points[i].rows, static_cast<std::int64_t>(i) * 50);
        EXPECT_LE(points[i].rows, static_cast<std::int64_t>(i) * 50 + 2);
        const auto [taken, right] = taken_at(rows, points[i].threshold);
        EXPECT_EQ(static_cast<double>(points[i].rows), taken);
        EXPECT_EQ(static_cast<double>(points[i].positives), right);
      }
    });
  }
}

TEST(LiftParts, ShareOutThePositivesOfRowsThatTie) {
  // Twelve rows, thirds of four: 0.9 twice (both positive), then eight of 0.5 of which two are, then two of 0.1.
  const Rows rows{.labels = {1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0},
                  .scores = {0.9, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1}};
  for (int ranks = 1; ranks <= 4; ++ranks) {
    with_ranking(rows, ranks, [&](comm::Communicator& communicator, const RankedScores& ranked) {
      const auto parts = lift_parts(communicator, ranked, 3);
      ASSERT_EQ(parts.size(), 3u);
      EXPECT_EQ(parts[0].positives, 2.5);
      EXPECT_EQ(parts[1].positives, 1);
      EXPECT_EQ(parts[2].positives, 0.5);
      EXPECT_EQ(parts[2].cumulative_positives, 4);
      for (const auto& part : parts) EXPECT_EQ(part.rows, 4);
    });
  }
}

TEST(LiftParts, OfDistinctScoresAreThoseOfTheSortedRows) {
  auto rows = random_rows(1'237, 2, 1'000'000, 21);
  std::vector<std::size_t> order(rows.labels.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    rows.scores[i] += static_cast<double>(i) * 1e-9;
  }
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return rows.scores[a] > rows.scores[b]; });
  for (int ranks = 1; ranks <= 4; ++ranks) {
    with_ranking(rows, ranks, [&](comm::Communicator& communicator, const RankedScores& ranked) {
      const auto parts = lift_parts(communicator, ranked);
      std::size_t row = 0;
      for (std::size_t d = 0; d < 10; ++d) {
        EXPECT_EQ(parts[d].cumulative_rows, static_cast<std::int64_t>(1'237 * (d + 1) / 10));
        double positives = 0;
        for (; row < static_cast<std::size_t>(parts[d].cumulative_rows); ++row) positives += rows.labels[order[row]];
        EXPECT_EQ(parts[d].positives, positives);
      }
    });
  }
}

TEST(LiftParts, OfFewerRowsThanPartsSomeAreEmpty) {
  const Rows rows{.labels = {1, 0, 0}, .scores = {0.9, 0.8, 0.8}};
  with_ranking(rows, 4, [](comm::Communicator& communicator, const RankedScores& ranked) {
    const auto parts = lift_parts(communicator, ranked);
    double positives = 0;
    std::int64_t all = 0;
    for (const auto& part : parts) {
      EXPECT_LE(part.rows, 1);
      all += part.rows;
      positives += part.positives;
    }
    EXPECT_EQ(all, 3);
    EXPECT_EQ(positives, 1);
    EXPECT_EQ(parts[3].positives, 1);
  });
  with_ranking({}, 2, [](comm::Communicator& communicator, const RankedScores& ranked) {
    EXPECT_TRUE(curve_points(communicator, ranked).empty());
    for (const auto& part : lift_parts(communicator, ranked)) EXPECT_EQ(part.rows, 0);
  });
}

}  // namespace
}  // namespace fullbase::metrics
