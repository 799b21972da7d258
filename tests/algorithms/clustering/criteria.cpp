// Criteria against scikit-learn 1.9.1 (KMeans(init=rows 0, 100, ..., tol=0) in float64 on the table below, then silhouette_score,
// calinski_harabasz_score, davies_bouldin_score; the centroid-based silhouette from KMeans.transform()).
#include "algorithms/clustering/criteria.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "algorithms/clustering/cases.hpp"
#include "algorithms/clustering/memory.hpp"
#include "algorithms/clustering/silhouette.hpp"
#include "base/error.hpp"

namespace fullbase::clustering {
namespace {

testing::Values table() {
  testing::Values values{600, 3, {}};
  for (int i = 0; i < 600; ++i) {
    values.values.push_back(static_cast<float>((i * 37 % 101) / 10.0));
    values.values.push_back(static_cast<float>((i * 53 % 89) / 10.0));
    values.values.push_back(static_cast<float>(i % 3 * 4));
  }
  return values;
}

struct Found {
  KMeansResult result;
  Criteria criteria;
  double centroid_silhouette = 0;
};

Found fit_and_judge(const testing::Values& values, const KMeansOptions& options, int ranks, int threads) {
  Found found;
  parallel::set_thread_count(threads);
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(std::int64_t{1} << 40);
    testing::MemorySpill spill;
    const auto matrix = testing::matrix_of(values, communicator, budget, spill);
    const auto statistics = column_statistics(communicator, matrix, {});
    auto result = kmeans(communicator, matrix, statistics, options, random::Key{1}, budget);
    result.reservation = {};
    const auto judged = criteria(communicator, matrix, statistics, result, budget);
    std::vector<float> centroids;
    for (std::size_t i = 0; i < result.centroids.size(); ++i)
      centroids.push_back(static_cast<float>(
          result.centroids[i] - static_cast<double>(statistics.centre[i % static_cast<std::size_t>(values.columns)])));
    const double simplified = centroid_silhouette(
        communicator, matrix, statistics, {centroids.data(), options.clusters, values.columns}, result.labels, result.sizes);
    if (communicator.is_root()) found = {std::move(result), judged, simplified};
  });
  return found;
}

KMeansOptions from_rows(const testing::Values& values, int clusters) {
  KMeansOptions options;
  options.clusters = clusters;
  options.start = Start::given;
  options.tolerance = 0;
  for (int k = 0; k < clusters; ++k)
    for (const float value : values.row(k * 100)) options.centroids.push_back(static_cast<double>(value));
  return options;
}

TEST(Criteria, AreThoseOfScikitLearn) {
  const auto values = table();
  const auto three = fit_and_judge(values, from_rows(values, 3), 1, 1);
  EXPECT_NEAR(three.criteria.inertia, 8136.369174228637, 1e-2);
  EXPECT_TRUE(three.criteria.silhouette_is_exact);
  EXPECT_NEAR(three.criteria.silhouette, 0.29184996048666806, 1e-6);
  EXPECT_NEAR(three.criteria.calinski_harabasz, 269.1841244136945, 1e-3);
  EXPECT_NEAR(three.criteria.davies_bouldin, 1.2816873570194864, 1e-6);
  EXPECT_NEAR(three.centroid_silhouette, 0.407332066645739, 1e-6);

  const auto five = fit_and_judge(values, from_rows(values, 5), 1, 1);
  EXPECT_EQ(five.result.sizes, (std::vector<std::int64_t>{163, 111, 99, 114, 113}));
  EXPECT_NEAR(five.criteria.silhouette, 0.29089067992943074, 1e-6);
  EXPECT_NEAR(five.criteria.calinski_harabasz, 255.14768767338035, 1e-3);
  EXPECT_NEAR(five.criteria.davies_bouldin, 1.1339245687542807, 1e-6);
  EXPECT_NEAR(five.centroid_silhouette, 0.40524061505507075, 1e-6);

  const std::vector<Criteria> both{five.criteria, three.criteria};
  EXPECT_EQ(best_by(Criterion::silhouette, both), 1U);
  EXPECT_EQ(best_by(Criterion::calinski_harabasz, both), 1U);
  EXPECT_EQ(best_by(Criterion::davies_bouldin, both), 0U);
}

TEST(Criteria, RanksAndThreadsDoNotMatter) {
  const auto values = testing::clouds(2500, 3, 4, 1, 41, 20);
  KMeansOptions options;
  options.clusters = 5;
  const auto expected = fit_and_judge(values, options, 1, 1);
  for (const int ranks : {1, 2, 3, 4})
    for (const int threads : {1, 2}) {
      const auto found = fit_and_judge(values, options, ranks, threads);
      EXPECT_EQ(found.criteria.silhouette, expected.criteria.silhouette);
      EXPECT_EQ(found.criteria.calinski_harabasz, expected.criteria.calinski_harabasz);
      EXPECT_EQ(found.criteria.davies_bouldin, expected.criteria.davies_bouldin);
      EXPECT_EQ(found.centroid_silhouette, expected.centroid_silhouette);
    }
}

TEST(Criteria, AreUndefinedForOneCluster) {
  const auto values = table();
  const auto one = fit_and_judge(values, from_rows(values, 1), 1, 1);
  EXPECT_TRUE(std::isnan(one.criteria.silhouette));
  EXPECT_TRUE(std::isnan(one.criteria.calinski_harabasz));
  EXPECT_TRUE(std::isnan(one.criteria.davies_bouldin));
  EXPECT_EQ(best_by(Criterion::silhouette, std::vector<Criteria>{one.criteria, {1, 0.1, true, 1, 1}}), 1U);
}

/// Rows at 0 and 10, and centroids 0, 10 and that of a cluster without rows, at 12: nearer to the rows at 10 than 0 is.
TEST(Criteria, ASilhouetteKnowsNoClusterWithoutRows) {
  testing::Values values{2000, 1, {}};
  for (int i = 0; i < 2000; ++i) values.values.push_back(i % 2 == 0 ? 0.0F : 10.0F);
  values.values[0] = 1;
  values.values[1] = 9;
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 30);
    testing::MemorySpill spill;
    const auto matrix = testing::matrix_of(values, communicator, budget, spill);
    const auto statistics = column_statistics(communicator, matrix, {});
    std::vector<std::int32_t> labels;
    for (auto row = matrix.local_rows().first; row < matrix.local_rows().last; ++row)
      labels.push_back(values.row(row)[0] < 5 ? 0 : 2);
    const auto centred = [&](std::vector<float> centroids) {
      for (auto& centroid : centroids) centroid -= statistics.centre[0];
      return centroids;
    };
    const auto three = centred({0, 12, 10});
    const std::vector<std::int64_t> sizes{1000, 0, 1000};
    const double with_empty = centroid_silhouette(communicator, matrix, statistics, {three.data(), 3, 1}, labels, sizes);
    EXPECT_NEAR(with_empty, (1998 + 2 * (9.0 - 1) / 9) / 2000, 1e-6);
    EXPECT_GT(exact_silhouette(communicator, matrix, statistics, labels, sizes), 0.99);

    const auto one = centred({0, 12, 5});
    const std::vector<std::int32_t> all(labels.size(), 2);
    const std::vector<std::int64_t> alone{0, 0, 2000};
    EXPECT_EQ(centroid_silhouette(communicator, matrix, statistics, {one.data(), 3, 1}, all, alone), 0);
    EXPECT_EQ(exact_silhouette(communicator, matrix, statistics, all, alone), 0);
  });
}

TEST(Criteria, WhatTheyTakeIsInTheBudget) {
  const auto values = testing::clouds(4000, 3, 4, 1, 43);
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    data::Budget plenty(1 << 30);
    testing::MemorySpill spill;
    const auto matrix = testing::matrix_of(values, communicator, plenty, spill);
    const auto statistics = column_statistics(communicator, matrix, {});
    KMeansOptions options;
    options.clusters = 3;
    const auto result = kmeans(communicator, matrix, statistics, options, random::Key{1}, plenty);
    const auto bytes = criteria_bytes(4000, matrix.local_rows().size(), 3, 3);
    data::Budget enough(bytes);
    criteria(communicator, matrix, statistics, result, enough);
    EXPECT_EQ(enough.peak(), bytes);
    data::Budget little(bytes - 1);
    EXPECT_THROW(criteria(communicator, matrix, statistics, result, little), base::Error);
  });
}

TEST(Criteria, TheExactSilhouetteHasAStatedLimit) {
  for (const int columns : {1, 2, 3, 10, 1000}) {
    const auto most = most_rows_of_exact_silhouette(columns);
    EXPECT_TRUE(has_exact_silhouette(most, columns));
    EXPECT_FALSE(has_exact_silhouette(most + 1, columns));
  }

  EXPECT_TRUE(has_exact_silhouette(65536, 1));
  EXPECT_FALSE(has_exact_silhouette(65537, 1));
  EXPECT_FALSE(has_exact_silhouette(200000, 3));
}

}  // namespace
}  // namespace fullbase::clustering
