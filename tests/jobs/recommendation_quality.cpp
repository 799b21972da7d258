// Tables of how good methods of recommending were.
#include "jobs/recommendation_quality.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace fullbase::jobs {
namespace {

using recommendation::PredictionErrors;
using recommendation::RankingMetrics;

RankingMetrics metrics(std::int64_t at, std::int64_t customers, double precision) {
  RankingMetrics one{.at = at, .customers = customers};
  one.precision = precision;
  one.coverage = 0.5;
  return one;
}

FoldQuality fold(std::int64_t customers, double precision, double rmse, std::int64_t pairs) {
  return {.ranking = {metrics(5, customers, precision), metrics(10, customers, precision / 2)},
          .errors = PredictionErrors{.pairs = pairs, .rmse = rmse, .mae = rmse / 2}};
}

TEST(RecommendationQuality, FoldsComeBeforeTheirMean) {
  const double nothing = std::nan("");
  MethodQuality several{"als", {fold(3, 0.25, 1, 7), fold(0, nothing, nothing, 0), fold(5, 0.75, 2, 9)}};
  const std::vector<MethodQuality> methods = {several, {"popular", {{.ranking = {metrics(5, 8, 0.125), metrics(10, 8, 0.25)}}}}};
  const auto batch = quality_table(methods).batch();
  ASSERT_EQ(batch.rows.size(), 3 * 2 + 2 + 2);
  const auto& names = batch[0];
  const auto& folds = batch[1];
  EXPECT_EQ(names.text(7), "als");
  EXPECT_EQ(names.text(8), "popular");
  EXPECT_EQ(folds.int64s()[4], 2);
  EXPECT_FALSE(folds.is_missing(5));
  EXPECT_TRUE(folds.is_missing(6) && folds.is_missing(7) && folds.is_missing(8) && folds.is_missing(9));
  EXPECT_EQ(batch[2].int64s()[6], 5);
  EXPECT_EQ(batch[2].int64s()[7], 10);
  // The fold in which nobody was evaluated has no say in the mean.
  EXPECT_TRUE(std::isnan(batch[3].float64s()[2]));
  EXPECT_EQ(batch[3].float64s()[6], 0.5);
  EXPECT_EQ(batch[3].float64s()[7], 0.25);
  EXPECT_EQ(batch[3].float64s()[8], 0.125);
  EXPECT_EQ(batch[10].int64s()[6], 8);
}

TEST(RecommendationQuality, ErrorsAreOfMethodsThatTellValues) {
  MethodQuality several{"als", {fold(3, 0.25, 1, 7), fold(5, 0.75, 2, 9)}};
  MethodQuality alike{"alike", {fold(3, 0.25, 4, 7)}};
  alike.folds[0].without_neighbours = 2;
  const std::vector<MethodQuality> methods = {{"popular", {{.ranking = {metrics(5, 8, 0.125)}}}}, several, alike};
  const auto batch = errors_table(methods).batch();
  ASSERT_EQ(batch.rows.size(), 4);
  EXPECT_EQ(batch[2].float64s()[2], 1.5);
  EXPECT_EQ(batch[3].float64s()[2], 0.75);
  EXPECT_EQ(batch[4].int64s()[2], 16);
  EXPECT_TRUE(batch[5].is_missing(2));
  EXPECT_EQ(batch[5].int64s()[3], 2);
  EXPECT_EQ(errors_table(std::span(methods).first(1)).batch().rows.size(), 0);
}

}  // namespace
}  // namespace fullbase::jobs
