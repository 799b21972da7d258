// K-means against a textbook version, and at the borders of what it is given.
#include "algorithms/clustering/kmeans.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "algorithms/clustering/cases.hpp"
#include "algorithms/clustering/centroid_start.hpp"
#include "base/error.hpp"
#include "error_text.hpp"

namespace fullbase::clustering {
namespace {

using fullbase::testing::clouds;
using fullbase::testing::error_of;
using fullbase::testing::fit;
using fullbase::testing::Values;

struct Textbook {
  std::vector<int> labels;
  std::vector<double> centroids;
  double inertia = 0;
};

double squared_distance(const Values& values, std::int64_t row, const double* centroid) {
  double sum = 0;
  for (int j = 0; j < values.columns; ++j) {
    const double difference = static_cast<double>(values.row(row)[static_cast<std::size_t>(j)]) - centroid[j];
    sum += difference * difference;
  }
  return sum;
}

void label_all(const Values& values, int clusters, Textbook& t) {
  t.labels.assign(static_cast<std::size_t>(values.rows), 0);
  t.inertia = 0;
  for (std::int64_t i = 0; i < values.rows; ++i) {
    double best = std::numeric_limits<double>::infinity();
    for (int k = 0; k < clusters; ++k) {
      const double distance = squared_distance(values, i, t.centroids.data() + k * values.columns);
      if (distance < best) best = distance, t.labels[static_cast<std::size_t>(i)] = k;
    }
    t.inertia += best;
  }
}

/// Lloyd's algorithm in double, in the plainest way.
Textbook textbook(const Values& values, int clusters, std::vector<double> start, int iterations) {
  Textbook t{{}, std::move(start), 0};
  for (int iteration = 0; iteration < iterations; ++iteration) {
    label_all(values, clusters, t);
    std::vector<double> sums(t.centroids.size()), counts(static_cast<std::size_t>(clusters));
    for (std::int64_t i = 0; i < values.rows; ++i) {
      const auto k = static_cast<std::size_t>(t.labels[static_cast<std::size_t>(i)]);
      ++counts[k];
      for (int j = 0; j < values.columns; ++j)
        sums[k * static_cast<std::size_t>(values.columns) + static_cast<std::size_t>(j)] +=
            static_cast<double>(values.row(i)[static_cast<std::size_t>(j)]);
    }
    for (std::size_t c = 0; c < sums.size(); ++c) t.centroids[c] = sums[c] / counts[c / static_cast<std::size_t>(values.columns)];
  }
  label_all(values, clusters, t);
  return t;
}

KMeansOptions options_for(int clusters, Start start = Start::kmeans_plus_plus) {
  KMeansOptions options;
  options.clusters = clusters;
  options.start = start;
  return options;
}

KMeansOptions given(const Values& values, int clusters) {
  auto options = options_for(clusters, Start::given);
  for (int k = 0; k < clusters; ++k)
    for (const float value : values.row(k * (values.rows / clusters))) options.centroids.push_back(static_cast<double>(value));
  return options;
}

TEST(KMeans, IsTheTextbookAlgorithm) {
  struct Shape {
    std::int64_t rows;
    int columns, clusters, centres;
    double offset;
  };
  for (const auto& [rows, columns, clusters, centres, offset] :
       {Shape{3000, 3, 5, 5, 0}, Shape{2100, 17, 33, 10, 0}, Shape{1500, 2, 70, 0, 0}, Shape{1024, 32, 8, 8, 1000}}) {
    const auto values = clouds(rows, columns, centres, 1, 11, offset);
    auto options = given(values, clusters);
    options.max_iterations = 7;
    options.tolerance = 0;
    const auto expected = textbook(values, clusters, options.centroids, 7);
    const auto result = fit(values, options);
    EXPECT_TRUE(std::equal(result.labels.begin(), result.labels.end(), expected.labels.begin(), expected.labels.end()));
    EXPECT_THAT(result.centroids, ::testing::Pointwise(::testing::DoubleNear(1e-6), expected.centroids));
    EXPECT_NEAR(result.inertia, expected.inertia, 1e-6 * expected.inertia);
    EXPECT_LE(result.history.size(), 7U);
    EXPECT_EQ(std::accumulate(result.sizes.begin(), result.sizes.end(), std::int64_t{0}), rows);
    for (std::int64_t i = 0; i < rows; i += 97) {
      const auto label = result.labels[static_cast<std::size_t>(i)];
      EXPECT_NEAR(result.distances[static_cast<std::size_t>(i)],
                  std::sqrt(squared_distance(values, i, result.centroids.data() + label * columns)), 1e-5);
    }
    for (std::size_t i = 1; i < result.history.size(); ++i)
      EXPECT_LE(result.history[i].inertia, result.history[i - 1].inertia * (1 + 1e-9));
  }
}

TEST(KMeans, EveryStartFindsCloudsThatLieApart) {
  const auto values = clouds(4000, 4, 6, 0.05, 3);
  // Six clouds of deviation 0.05 in 4 columns: n d 0.05^2 is the inertia once each cloud is a cluster.
  for (const auto start : {Start::kmeans_plus_plus, Start::kmeans_parallel, Start::random}) {
    auto options = options_for(6, start);
    options.starts = start == Start::random ? 10 : 2;
    const auto result = fit(values, options);
    EXPECT_NEAR(result.inertia, 4000 * 4 * 0.0025, 2) << static_cast<int>(start);
    EXPECT_TRUE(result.converged);
    EXPECT_LT(result.start, options.starts);
  }
}

TEST(KMeans, KeepsTheBestStart) {
  const auto values = clouds(2000, 2, 9, 0.3, 5);
  auto options = options_for(9, Start::random);
  double best = std::numeric_limits<double>::infinity();
  for (int starts = 1; starts <= 5; ++starts) {
    options.starts = starts;
    const auto result = fit(values, options);
    EXPECT_LE(result.inertia, best);
    best = result.inertia;
  }
}

TEST(KMeans, OneClusterIsTheMean) {
  const auto values = clouds(2500, 3, 4, 1, 7, 50);
  const auto result = fit(values, options_for(1));
  for (int j = 0; j < 3; ++j) {
    double mean = 0;
    for (std::int64_t i = 0; i < values.rows; ++i) mean += static_cast<double>(values.row(i)[static_cast<std::size_t>(j)]);
    EXPECT_NEAR(result.centroids[static_cast<std::size_t>(j)], mean / 2500, 1e-5);
  }
  EXPECT_NEAR(result.inertia, result.total_inertia, 1e-6 * result.inertia);
}

TEST(KMeans, AsManyClustersAsRowsLeaveNoDistance) {
  const auto values = clouds(40, 2, 0, 1, 8);
  for (const auto start : {Start::kmeans_plus_plus, Start::kmeans_parallel, Start::random}) {
    const auto result = fit(values, options_for(40, start));
    EXPECT_EQ(result.inertia, 0);
    EXPECT_EQ(result.sizes, std::vector<std::int64_t>(40, 1));
  }
}

TEST(KMeans, ConstantColumnsAddNothing) {
  auto values = clouds(1500, 3, 3, 0.2, 9);
  for (std::int64_t i = 0; i < values.rows; ++i) values.values[static_cast<std::size_t>(i * 3 + 1)] = 1234.5F;
  const auto result = fit(values, options_for(3));
  for (int k = 0; k < 3; ++k) EXPECT_EQ(result.centroids[static_cast<std::size_t>(k * 3 + 1)], 1234.5);
}

TEST(KMeans, EqualRowsShareALabelAndTooFewDifferentOnesAreCounted) {
  Values values{3000, 2, {}};
  for (int i = 0; i < 3000; ++i) {
    values.values.push_back(static_cast<float>(i % 4));
    values.values.push_back(static_cast<float>(i % 4) * 2);
  }
  for (const auto start : {Start::kmeans_plus_plus, Start::kmeans_parallel, Start::random}) {
    const auto four = fit(values, options_for(4, start));
    EXPECT_EQ(four.inertia, 0);
    EXPECT_EQ(four.sizes, std::vector<std::int64_t>(4, 750));
    const auto error = error_of([&] { fit(values, options_for(5, start)); });
    EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
    EXPECT_EQ(error.problem(), "only 4 different rows for 5 clusters");
  }
  auto options = given(values, 5);
  EXPECT_EQ(error_of([&] { fit(values, options); }).kind(), base::ErrorKind::input_data);
}

TEST(KMeans, AnEmptyClusterTakesTheFarthestRow) {
  // Two of the given centroids are far from every row; the farthest rows from centroid 0 are 1000 and 1001, then 900.
  Values values{1100, 1, {}};
  for (int i = 0; i < 1100; ++i) values.values.push_back(static_cast<float>(i % 10));
  values.values[1000] = 500;
  values.values[1001] = -500;
  values.values[900] = 400;
  auto options = options_for(3, Start::given);
  options.centroids = {4, 1e6, 2e6};
  options.max_iterations = 1;
  const auto first = fit(values, options, {2, 1});
  EXPECT_EQ(first.centroids[1], -500);  // 504 away
  EXPECT_EQ(first.centroids[2], 500);   // 496 away
  options.max_iterations = 100;
  const auto result = fit(values, options, {2, 1});
  EXPECT_THAT(result.sizes, ::testing::ElementsAre(1097, 1, 2));
  EXPECT_EQ(result.centroids[2], 450);
}

// The rows by distance, a cluster's last one skipped, as far as there are empty clusters. Groups of 1, 2 and 3 rows lie far from
// their centroids, so that all three run out.
TEST(KMeans, EmptyClustersAreFilledByAWalkAlongTheFarthestRows) {
  auto values = clouds(5000, 2, 0, 1, 17);
  const std::array<std::int64_t, 6> outliers{7, 1500, 4999, 1499, 2, 3000};
  const std::array<float, 6> places{200, 400, 405, 600, 607, 611};
  for (std::size_t i = 0; i < outliers.size(); ++i) values.values[static_cast<std::size_t>(2 * outliers[i])] = places[i];
  auto options = options_for(12, Start::given);
  options.centroids = {0, 0, 220, 0, 430, 0, 640, 0};
  for (int c = 4; c < 12; ++c) options.centroids.insert(options.centroids.end(), {1e7 + c, 0});
  options.max_iterations = 1;

  Textbook t{std::vector<int>(5000), options.centroids, 0};
  label_all(values, 12, t);
  struct Row {
    double squared;
    std::int64_t row;
  };
  std::vector<Row> rows;
  std::array<int, 12> left{};
  for (std::int64_t i = 0; i < values.rows; ++i) {
    const int label = t.labels[static_cast<std::size_t>(i)];
    rows.push_back({squared_distance(values, i, t.centroids.data() + 2 * label), i});
    ++left[static_cast<std::size_t>(label)];
  }
  EXPECT_THAT(left, ::testing::ElementsAre(4994, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0));
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.squared != b.squared ? a.squared > b.squared : a.row < b.row; });
  std::vector<std::int64_t> expected;
  for (const auto& row : rows) {
    auto& of_cluster = left[static_cast<std::size_t>(t.labels[static_cast<std::size_t>(row.row)])];
    if (of_cluster == 1 || expected.size() == 8) continue;
    --of_cluster;
    expected.push_back(row.row);
  }

  for (const int ranks : {1, 2, 5}) {
    const auto result = fit(values, options, {ranks, 2});
    for (std::size_t e = 0; e < 8; ++e)
      for (std::size_t j = 0; j < 2; ++j)
        EXPECT_NEAR(result.centroids[2 * (4 + e) + j], static_cast<double>(values.row(expected[e])[j]), 1e-5);
  }
}

TEST(KMeans, OneFarOutlierDoesNotWipeOutTheRest) {
  auto values = clouds(5000, 2, 3, 0.1, 12);
  values.values[4242] = 1e9F;
  auto options = options_for(4);
  options.starts = 3;
  const auto result = fit(values, options);
  EXPECT_THAT(result.sizes, ::testing::Contains(1));
  EXPECT_NEAR(result.inertia, 5000 * 2 * 0.01, 5);
}

// Sums of 2^24 rows in float32 stop growing (faiss issue 1196); a constant and a few others show the same with fewer rows: the
// mean of values of 16,777,216 and 1 is exact only if no 1 is lost.
TEST(KMeans, NoRowIsLostInALargeSum) {
  Values values{4096, 1, std::vector<float>(4096, 1.0F)};
  values.values[0] = 16777216.0F;
  const auto result = fit(values, options_for(1));
  EXPECT_EQ(result.centroids[0], static_cast<double>(static_cast<float>((16777216.0 + 4095) / 4096)));
}

TEST(KMeans, MissingAndInfiniteValuesAreCountedWithTheFirstRow) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1e17F}) {
    for (const int ranks : {1, 3}) {
      auto values = clouds(3000, 2, 0, 1, 13);
      values.values[2 * 2500 + 1] = bad;
      values.values[2 * 1300] = bad;
      values.values[2 * 1300 + 1] = bad;
      const auto error = error_of([&] { fit(values, options_for(2), {ranks, 2}); });
      EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
      EXPECT_THAT(error.what(),
                  ::testing::HasSubstr("3 values are missing, infinite or above 1e16 in magnitude, the first in row 1300"));
      EXPECT_THAT(error.where(), ::testing::HasSubstr("column 0"));
    }
  }
}

TEST(KMeans, OptionsThatMakeNoSenseAreRefused) {
  const auto values = clouds(100, 2, 0, 1, 14);
  auto options = options_for(101);
  EXPECT_EQ(error_of([&] { fit(values, options); }).kind(), base::ErrorKind::input_data);
  options = options_for(0);
  EXPECT_EQ(error_of([&] { fit(values, options); }).kind(), base::ErrorKind::job_file);
  options = options_for(3, Start::given);
  options.centroids = {1, 2, 3};
  EXPECT_EQ(error_of([&] { fit(values, options); }).kind(), base::ErrorKind::job_file);
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity(), 1.1e16}) {
    options.centroids = {1, 2, 3, bad, 5, 6};
    const auto error = error_of([&] { fit(values, options, {2, 1}); });
    EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("in column 1 of centroid 1"));
  }
  options.centroids = {1, 2, 3, 1e16, 5, 6};
  fit(values, options);
}

// Any row is drawn as often as its weight says: rows at squared distance 1, 4 and 9 from the first one.
TEST(KMeans, PlusPlusDrawsInProportionToSquaredDistance) {
  const Values values{4, 1, {0, 1, 2, 3}};
  std::array<int, 4> chosen{};
  int from_zero = 0;
  comm::run_threads(1, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 30);
    fullbase::testing::MemorySpill spill;
    const auto matrix = fullbase::testing::matrix_of(values, communicator, budget, spill);
    auto statistics = column_statistics(communicator, matrix, {});
    for (std::uint64_t key = 0; key < 4000; ++key) {
      const auto start = start_centroids(communicator, matrix, statistics, options_for(2), random::Key{key}, 0);
      const auto original = [&](std::size_t i) { return static_cast<int>(std::lround(start[i] + statistics.centre[0])); };
      if (original(0) != 0) continue;
      ++from_zero;
      ++chosen[static_cast<std::size_t>(original(1))];
    }
  });
  EXPECT_NEAR(from_zero, 1000, 120);
  EXPECT_EQ(chosen[0], 0);
  // Greedy: the better of two draws, by what remains: row 2 leaves 2 (1 + 1), row 3 leaves 2 (1 + 1), row 1 leaves 5 (1 + 4).
  // Row 1 is taken only if both draws hit it: (1/14)^2.
  EXPECT_LT(chosen[1], 25);
  EXPECT_GT(chosen[2] + chosen[3], 900);
}

}  // namespace
}  // namespace fullbase::clustering
