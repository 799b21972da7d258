// Tables of how good methods of recommending were.
#include "jobs/recommendation_quality.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "memory_state.hpp"

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

// A method with errors, one without, one whose last fold is not measured yet, and one that has not begun; values keep their bits.
TEST(RecommendationQuality, WhatWasMeasuredIsReadBackAsItWas) {
  auto first = fold(3, 0.25, 1, 7);
  auto& one = first.ranking[0];
  one.recall = 0.1;
  one.ndcg = 0.2;
  one.map = 0.3;
  one.mrr = std::nan("");
  one.hit_rate = 0.4;
  first.without_neighbours = 0;
  const std::vector<MethodQuality> methods = {
      {"alike", {first, fold(5, 0.75, 2, 9)}},
      {"popular", {{.ranking = {metrics(5, 8, 0.125)}}, {.ranking = {metrics(5, 9, 0.25)}}}},
      {"als", {fold(4, 0.5, 3, 8)}},
      {"content", {}}};
  testing::MemoryState state;
  testing::MemoryStateWriter writer(state);
  put_qualities(writer, "step/", methods);
  const auto read = read_qualities(state, "step/", {{"alike", {}}, {"popular", {}}, {"als", {}}, {"content", {}}});
  const auto same = [](double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); };
  ASSERT_EQ(read.size(), methods.size());
  for (std::size_t m = 0; m < methods.size(); ++m) {
    EXPECT_EQ(read[m].method, methods[m].method);
    ASSERT_EQ(read[m].folds.size(), methods[m].folds.size()) << methods[m].method;
    for (std::size_t f = 0; f < methods[m].folds.size(); ++f) {
      const auto& a = read[m].folds[f];
      const auto& b = methods[m].folds[f];
      EXPECT_EQ(a.without_neighbours, b.without_neighbours);
      ASSERT_EQ(a.errors.has_value(), b.errors.has_value());
      if (b.errors) {
        EXPECT_EQ(a.errors->pairs, b.errors->pairs);
        EXPECT_TRUE(same(a.errors->rmse, b.errors->rmse) && same(a.errors->mae, b.errors->mae));
      }
      ASSERT_EQ(a.ranking.size(), b.ranking.size());
      for (std::size_t k = 0; k < b.ranking.size(); ++k) {
        const auto& x = a.ranking[k];
        const auto& y = b.ranking[k];
        EXPECT_EQ(x.at, y.at);
        EXPECT_EQ(x.customers, y.customers);
        EXPECT_TRUE(same(x.precision, y.precision) && same(x.recall, y.recall) && same(x.ndcg, y.ndcg) && same(x.map, y.map) &&
                    same(x.mrr, y.mrr) && same(x.hit_rate, y.hit_rate) && same(x.coverage, y.coverage));
      }
    }
  }
}

}  // namespace
}  // namespace fullbase::jobs
