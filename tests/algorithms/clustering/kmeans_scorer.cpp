// A stored k-means tells rows what the fit told them, to the bit, and what it cannot tell it leaves open.
#include "algorithms/clustering/kmeans_scorer.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "base/math.hpp"
#include "cases.hpp"
#include "error_text.hpp"

namespace fullbase::clustering {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = prepare::Transform::Kind;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Fitted {
  KMeansResult result;
  KMeansModel model;
};

/// Segment c has the number k - 1 - c, so that the order of classes is not that of centroids.
Fitted fitted(const testing::Values& values, int k, std::vector<double> given = {}) {
  Fitted made;
  comm::run_threads(1, [&](comm::Communicator& communicator) {
    data::Budget budget(std::int64_t{1} << 40);
    testing::MemorySpill spill;
    const auto matrix = testing::matrix_of(values, communicator, budget, spill);
    const auto statistics = column_statistics(communicator, matrix, {});
    KMeansOptions options;
    options.clusters = k;
    made.result = given.empty() ? kmeans(communicator, matrix, statistics, options, random::Key{3}, budget)
                                : nearest_centroids(communicator, matrix, statistics, std::move(given), budget);
    made.result.reservation = {};
    made.model.centre = statistics.centre;
  });
  for (int j = 0; j < values.columns; ++j) made.model.columns.push_back({.column = "x" + std::to_string(j)});
  made.model.centroids = made.result.centred;
  for (int c = 0; c < k; ++c) made.model.segments.push_back(k - 1 - c);
  return made;
}

struct Scores {
  std::vector<double> outputs;
  std::vector<double> effects;
};
/// Rows of `columns` values each, in pieces of `piece` rows.
Scores scores(const learning::Scorer& scorer, const std::vector<double>& rows, std::int64_t piece = base::block_rows) {
  const std::int64_t columns = std::ssize(scorer.head().features);
  const std::int64_t k = scorer.head().outputs();
  const std::int64_t n = std::ssize(rows) / columns;
  Scores scores{std::vector<double>(static_cast<std::size_t>(n * k)), std::vector<double>(rows.size())};
  for (std::int64_t first = 0; first < n; first += piece) {
    const auto count = std::min(piece, n - first);
    std::vector<double> values(static_cast<std::size_t>(columns * piece));
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t j = 0; j < columns; ++j)
        values[static_cast<std::size_t>(j * piece + i)] = rows[static_cast<std::size_t>((first + i) * columns + j)];
    scorer.score(values.data(), piece, count, scores.outputs.data() + first * k, scores.effects.data() + first * columns);
  }
  return scores;
}

std::unique_ptr<learning::Scorer> stored(const KMeansModel& model) {
  const auto table = write_model(model).table({.is_number = false, .type = data::Type::int64});
  const auto words = table.at("word").int64s();
  return load_kmeans(learning::ModelReader({words.begin(), words.end()}, "t"));
}

/// Labels and distances are the fit's for every row of the matrix.
void expect_same(const testing::Values& values, const Fitted& fit, int k) {
  const auto scorer = stored(fit.model);
  const std::vector<double> rows(values.values.begin(), values.values.end());
  const auto told = scores(*scorer, rows);
  std::int64_t others = 0;
  std::int64_t farther = 0;
  for (std::int64_t i = 0; i < values.rows; ++i) {
    const double* const own = told.outputs.data() + i * k;
    const int least = learning::least_output(own, k);
    others += k - 1 - least != fit.result.labels[static_cast<std::size_t>(i)] ? 1 : 0;
    farther += own[least] != static_cast<double>(fit.result.distances[static_cast<std::size_t>(i)]) ? 1 : 0;
  }
  EXPECT_EQ(others, 0);
  EXPECT_EQ(farther, 0);
  EXPECT_EQ(scores(*scorer, rows, 7).outputs, told.outputs) << "rows do not depend on those beside them";
  EXPECT_EQ(scores(*scorer, rows, 7).effects, told.effects);
}

TEST(KMeansScorer, TellsWhatTheFitTold) {
  for (const auto& [columns, k, offset] : {std::tuple{1, 1, 0.0}, {3, 5, 0.0}, {9, 17, 100.0}, {4, 70, 1e6}}) {
    const auto values = testing::clouds(2500, columns, 6, 0.5, 11, offset);
    expect_same(values, fitted(values, k), k);
  }
}

TEST(KMeansScorer, TellsWhatTheFitToldWhereCentroidsAreEquallyNear) {
  // Points of a lattice, far from 0, whose centroids are corners of its cells; two of them are the same.
  testing::Values values{4096, 2, {}};
  for (int i = 0; i < 4096; ++i) {
    values.values.push_back(static_cast<float>(1000 + (i % 64) * 0.5));
    values.values.push_back(static_cast<float>(-300 + (i / 64) * 0.5));
  }
  std::vector<double> corners;
  for (int i = 0; i < 16; ++i) {
    corners.push_back(1000 + (i % 4) * 8.0);
    corners.push_back(-300 + (i / 4) * 8.0);
  }
  corners.insert(corners.end(), {1008.0, -292.0});
  expect_same(values, fitted(values, 17, corners), 17);
}

TEST(KMeansScorer, EffectsSumToHowMuchNearerTheOwnCentroidIs) {
  const auto values = testing::clouds(300, 3, 4, 0.5, 5);
  const auto scorer = stored(fitted(values, 4).model);
  const auto told = scores(*scorer, {values.values.begin(), values.values.end()});
  for (std::size_t i = 0; i < 300; ++i) {
    auto distances = std::vector<double>(told.outputs.begin() + static_cast<std::ptrdiff_t>(4 * i),
                                         told.outputs.begin() + static_cast<std::ptrdiff_t>(4 * i + 4));
    std::ranges::sort(distances);
    const double sum = told.effects[3 * i] + told.effects[3 * i + 1] + told.effects[3 * i + 2];
    EXPECT_NEAR(sum, distances[1] * distances[1] - distances[0] * distances[0], 1e-4);
  }
}

TEST(KMeansScorer, AppliesTheTransformsAsTheyWereFitted) {
  const auto fill = [](Kind kind, double value) {
    return prepare::FittedTransform{.transform = {.kind = kind, .constant = value}, .fill = value};
  };
  const auto scale = [](Kind kind, double shift, double by) {
    return prepare::FittedTransform{.transform = {.kind = kind}, .shift = shift, .scale = by};
  };
  KMeansModel model;
  model.columns = {
      {.column = "a",
       .transforms = {fill(Kind::impute_median, 3), {.transform = {.kind = Kind::log1p}}, scale(Kind::standardize, 0.1, 0.7)}},
      {.column = "b",
       .transforms = {fill(Kind::impute_constant, -0.1), {.transform = {.kind = Kind::asinh}}, scale(Kind::robust, 1.0 / 3, 2)}},
      {.column = "c",
       .transforms = {fill(Kind::impute_mean, 1e-300),
                      {.transform = {.kind = Kind::clip, .low = -infinity, .high = 5}},
                      scale(Kind::minmax, -2, 3)}},
      {.column = "d", .transforms = {}},
  };
  model.infinite_is_missing = true;
  model.centre = {0, 0.25F, 0, -1};
  model.centroids = {0, 0, 0, 0, 1, 1, 1, 1};
  model.segments = {7, -2};
  const auto scorer = stored(model);
  EXPECT_THAT(scorer->head().classes, ElementsAre("-2", "7"));

  const auto expected = [&](double a, double b, double c, double d, double centroid) {
    const std::vector<double> transformed = {(base::log1p(a) - 0.1) / 0.7, (base::asinh(b) - 1.0 / 3) / 2, (c + 2) / 3, d};
    double squared = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const auto x = static_cast<double>(static_cast<float>(transformed[j]) - model.centre[j]);
      squared += (x - centroid) * (x - centroid);
    }
    return static_cast<double>(static_cast<float>(std::sqrt(squared)));
  };
  const auto told = scores(*scorer, {2, 10, 1, 0.5, nan, nan, nan, 0.5, infinity, -infinity, 100, 0.5}).outputs;
  const std::vector<std::vector<double>> rows = {{2, 10, 1, 0.5}, {3, -0.1, 1e-300, 0.5}, {3, -0.1, 5, 0.5}};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& x = rows[i];
    EXPECT_NEAR(told[2 * i], expected(x[0], x[1], x[2], x[3], 1), 1e-6) << i;
    EXPECT_NEAR(told[2 * i + 1], expected(x[0], x[1], x[2], x[3], 0), 1e-6) << i;
  }
}

TEST(KMeansScorer, WhatCannotBeScoredIsMissing) {
  KMeansModel model;
  const prepare::FittedTransform clip{.transform = {.kind = Kind::clip, .low = 0, .high = 10}};
  model.columns = {{.column = "a", .transforms = {{.transform = {.kind = Kind::log1p}}, clip}},
                   {.column = "b", .transforms = {{.transform = {.kind = Kind::impute_drop}}}},
                   {.column = "c", .transforms = {clip}}};
  model.centre = {0, 0, 0};
  model.centroids = {0, 0, 0, 1, 1, 1};
  model.segments = {0, 1};
  const auto scorer = stored(model);
  for (const auto& row : {std::vector<double>{-1, 0, 0},
                          {-5, 0, 0},
                          {0, nan, 0},
                          {0, 1e17, 0},
                          {0, 1e300, 0},
                          {0, 0, infinity},
                          {nan, 0, 0},
                          {0, 0, nan}}) {
    auto rows = row;
    rows.insert(rows.end(), {1, 0.5, 1});  // its neighbour is scored
    const auto told = scores(*scorer, rows);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(std::isnan(told.outputs[static_cast<std::size_t>(i)]));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(told.effects[static_cast<std::size_t>(i)]));
    EXPECT_EQ(learning::least_output(told.outputs.data() + 2, 2), 1);
  }
}

TEST(KMeansScorer, OneSegmentHasNoReasons) {
  const auto values = testing::clouds(10, 2, 1, 1, 9);
  EXPECT_THAT(scores(*stored(fitted(values, 1).model), {1, 2, 3, 4}).effects, Each(0.0));
}

TEST(KMeansScorer, PartsThatDoNotFitEachOtherAreRefused) {
  KMeansModel right;
  right.columns = {{.column = "a"}};
  right.centre = {0};
  right.centroids = {0, 1};
  right.segments = {0, 1};
  EXPECT_EQ(testing::error_text([&] { stored(right); }), "no error");
  const auto refused = [&](auto change) {
    auto model = right;
    change(model);
    return testing::error_text([&] { stored(model); });
  };
  EXPECT_THAT(refused([](auto& m) { m.segments = {0, 0}; }), HasSubstr("t: the model's centroids are incomplete"));
  EXPECT_THAT(refused([](auto& m) { m.segments = {0, 1, 2}; }), HasSubstr("incomplete"));
  EXPECT_THAT(refused([](auto& m) { m.centre = {}; }), HasSubstr("incomplete"));
  EXPECT_THAT(refused([](auto& m) { m.columns = {}; }), HasSubstr("incomplete"));
  EXPECT_THAT(refused([](auto& m) { m.centroids[1] = std::numeric_limits<float>::quiet_NaN(); }), HasSubstr("incomplete"));
}

}  // namespace
}  // namespace fullbase::clustering
