// Counts of right and wrong answers are a textbook's; what is not defined is missing and says why.
#include <gmock/gmock.h>

#include <cmath>

#include "algorithms/metrics/confusion.hpp"
#include "algorithms/metrics/probabilities.hpp"
#include "cases.hpp"

namespace fullbase::metrics {
namespace {

using namespace fullbase::testing;
using ::testing::HasSubstr;

TEST(Confusion, HandValues) {
  // 4 rows of class 0, three of them told rightly; 2 of class 1, one rightly; 2 of class 2, both told to be 0.
  const Confusion counts{3, {3, 1, 0, 1, 1, 0, 2, 0, 0}};
  const auto measures = confusion_measures(counts);
  EXPECT_EQ(find(measures, "accuracy").value, 0.5);
  EXPECT_DOUBLE_EQ(find(measures, "balanced_accuracy").value, (0.75 + 0.5 + 0) / 3);
  EXPECT_EQ(find(measures, "precision", 0).value, 0.5);
  EXPECT_EQ(find(measures, "recall", 0).value, 0.75);
  EXPECT_EQ(find(measures, "f1", 0).value, 0.6);
  EXPECT_EQ(find(measures, "recall", 2).value, 0);
  EXPECT_EQ(find(measures, "f1", 2).value, 0);  // it has rows, and nobody was told to be of it: 2 * 0 / (2 + 0)
  EXPECT_EQ(find(measures, "precision_micro").value, 0.5);
}

TEST(Confusion, WhatIsNotDefinedIsMissingAndSaysWhy) {
  const auto measures = confusion_measures(Confusion{3, {2, 0, 0, 1, 1, 0, 0, 0, 0}});
  EXPECT_TRUE(std::isnan(find(measures, "precision", 2).value));
  EXPECT_THAT(find(measures, "precision", 2).reason, HasSubstr("no row was told"));
  EXPECT_TRUE(std::isnan(find(measures, "recall", 2).value));
  EXPECT_TRUE(std::isnan(find(measures, "f1", 2).value));
  EXPECT_EQ(find(measures, "recall_macro").value, 0.75);
  EXPECT_THAT(find(measures, "recall_macro").reason, HasSubstr("leaves out 1 of 3 classes"));
  EXPECT_EQ(find(measures, "balanced_accuracy").value, 0.75);
  for (const auto& measure : confusion_measures(Confusion{2, {0, 0, 0, 0}})) {
    EXPECT_TRUE(std::isnan(measure.value)) << measure.name;
    EXPECT_FALSE(measure.reason.empty()) << measure.name;
  }
}

TEST(Probabilities, HandValues) {
  parallel::set_thread_count(1);
  const auto communicator = comm::single();
  const std::vector<std::int32_t> labels = {1, 0, 1, 0};
  const std::vector<double> scores = {0.9, 0.2, 0.0, 0.5};
  const auto measures = probability_measures(*communicator, labels, {scores, 1});
  EXPECT_NEAR(find(measures, "log_loss").value, -(std::log(0.9) + std::log(0.8) + std::log(0x1p-52) + std::log(0.5)) / 4, 1e-15);
  EXPECT_DOUBLE_EQ(find(measures, "brier").value, (0.01 + 0.04 + 1 + 0.25) / 4);
}

TEST(Probabilities, ScoresBeyondThemHaveNoLoss) {
  for (const bool meant : {true, false}) {
    const auto communicator = comm::single();
    const std::vector<std::int32_t> labels = {1, 0};
    const std::vector<double> scores = {meant ? 1.5 : 0.5, 0.2};
    for (const auto& measure : probability_measures(*communicator, labels, {scores, 1, meant})) {
      EXPECT_TRUE(std::isnan(measure.value));
      EXPECT_THAT(measure.reason, HasSubstr("no probabilities"));
    }
  }
}

TEST(Calibration, BinsHaveTheirUpperEnd) {
  const auto communicator = comm::single();
  const std::vector<std::int32_t> labels = {0, 1, 1, 0, 1};
  const std::vector<double> scores = {0, 0.25, 0.26, 1, 0.5};
  const auto bins = equal_width_bins(*communicator, labels, {scores, 1}, 1, 0, 4);
  ASSERT_EQ(bins.size(), 4u);
  EXPECT_EQ(bins[0].rows, 2);  // 0 and 0.25
  EXPECT_EQ(bins[0].positives, 1);
  EXPECT_EQ(bins[0].mean_predicted, 0.125);
  EXPECT_EQ(bins[1].rows, 2);
  EXPECT_EQ(bins[2].rows, 0);
  EXPECT_TRUE(std::isnan(bins[2].mean_predicted));
  EXPECT_EQ(bins[3].upper, 1);
  EXPECT_EQ(bins[3].positives, 0);
}

TEST(Calibration, QuantileBinsHoldAboutAsManyRows) {
  const auto rows = random_rows(2'000, 2, 1000, 5);
  for (int ranks = 1; ranks <= 4; ++ranks) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 24);
      const auto mine = uneven(rows.size(), communicator.rank(), ranks);
      const auto bins = quantile_bins(communicator, part(rows.labels, mine), {part(rows.scores, mine), 1}, 1, 0, 10, budget);
      std::int64_t all = 0;
      double sum = 0;
      for (const auto& bin : bins) {
        EXPECT_NEAR(static_cast<double>(bin.rows), 200, 30);
        EXPECT_LE(bin.mean_predicted, bin.upper);
        all += bin.rows;
        sum += bin.mean_predicted * static_cast<double>(bin.rows);
      }
      EXPECT_EQ(all, 2'000);
      double expected = 0;
      for (const double score : rows.scores) expected += score;
      EXPECT_NEAR(sum, expected, 1e-9);
    });
  }
}

TEST(Calibration, TiesMergeQuantileBins) {
  const auto communicator = comm::single();
  data::Budget budget(1 << 20);
  const std::vector<std::int32_t> labels = {0, 1, 1, 0};
  const std::vector<double> scores = {0.5, 0.5, 0.5, 0.5};
  const auto bins = quantile_bins(*communicator, labels, {scores, 1}, 1, 0, 10, budget);
  ASSERT_EQ(bins.size(), 1u);
  EXPECT_EQ(bins[0].rows, 4);
  EXPECT_EQ(bins[0].lower, 0.5);
  EXPECT_TRUE(quantile_bins(*communicator, {}, {{}, 1}, 1, 0, 10, budget).empty());
}

TEST(ToldClasses, AreThoseThatPredictTells) {
  const std::vector<double> three = {0.2, 0.5, 0.3, 0.4, 0.4, 0.2, 0.1, 0.1, 0.8};
  EXPECT_THAT(told_classes({three, 3}), ::testing::ElementsAre(1, 0, 2));
  // Two: the second from a half on, whatever the first one's output was rounded to; a decision value from 0 on.
  const std::vector<double> one = {0.49, 0.5, 0.51};
  EXPECT_THAT(told_classes({one, 1}), ::testing::ElementsAre(0, 1, 1));
  const std::vector<double> two = {0.51, 0.49, 0.5, 0.5, std::nextafter(0.5, 1.0), 0.5, 0.4, 0.6};
  EXPECT_THAT(told_classes({two, 2}), ::testing::ElementsAre(0, 1, 1, 1));
  const std::vector<double> decisions = {0.1, -0.1, 0, 0, -0.3, 0.3};
  EXPECT_THAT(told_classes({decisions, 2, false}), ::testing::ElementsAre(0, 1, 1));
}

TEST(Classification, SameBitsOnAnyRanksAndThreads) {
  for (const int classes : {2, 4}) {
    for (const std::int64_t count : {0, 3, 5'000}) {
      const auto rows = random_rows(count, classes, 7, 11);
      const auto expected = measures_of(rows);
      for (int ranks = 1; ranks <= 4; ++ranks) {
        for (int threads = 1; threads <= 2; ++threads) expect_same(measures_of(rows, ranks, threads), expected);
      }
    }
  }
}

TEST(Classification, OrderOfRowsDoesNotShow) {
  auto rows = random_rows(3'000, 2, 9, 4);
  const auto expected = measures_of(rows);
  std::ranges::reverse(rows.labels);
  std::ranges::reverse(rows.predicted);
  std::ranges::reverse(rows.scores);
  expect_same(measures_of(rows), expected);
}

TEST(Classification, WithoutScoresWhatNeedsThemIsMissing) {
  auto rows = random_rows(50, 3, 9, 4);
  rows.scores.clear();
  rows.outputs = 0;
  const auto measures = measures_of(rows);
  EXPECT_FALSE(std::isnan(find(measures, "accuracy").value));
  for (const auto* const name : {"roc_auc", "average_precision", "kolmogorov_smirnov", "log_loss", "brier"}) {
    EXPECT_TRUE(std::isnan(find(measures, name).value)) << name;
    EXPECT_THAT(find(measures, name).reason, HasSubstr("no scores")) << name;
  }
}

TEST(Classification, MeansOverClassesSayWhichTheyLeaveOut) {
  auto rows = random_rows(200, 4, 9, 4);
  for (auto& label : rows.labels) label = std::min(label, 2);  // nobody is of the last class
  const auto measures = measures_of(rows);
  EXPECT_TRUE(std::isnan(find(measures, "roc_auc", 3).value));
  EXPECT_THAT(find(measures, "roc_auc_macro").reason, HasSubstr("leaves out 1 of 4"));
  double sum = 0;
  for (int k = 0; k < 3; ++k) sum += find(measures, "roc_auc", k).value;
  EXPECT_NEAR(find(measures, "roc_auc_macro").value, sum / 3, 1e-15);
}

}  // namespace
}  // namespace fullbase::metrics
