// Criteria against scikit-learn 1.9.1 (KMeans(init=rows 0, 100, ..., tol=0) in float64 on the table below, then silhouette_score,
// calinski_harabasz_score, davies_bouldin_score; the centroid-based silhouette from KMeans.transform()).
#include "algorithms/clustering/criteria.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "algorithms/clustering/cases.hpp"
#include "algorithms/clustering/silhouette.hpp"

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
    auto result = kmeans(communicator, matrix, options, random::Key{1}, budget);
    const auto judged = criteria(communicator, matrix, result);
    const auto statistics = column_statistics(communicator, matrix, {});
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

TEST(Criteria, TheExactSilhouetteHasAStatedLimit) {
  EXPECT_TRUE(has_exact_silhouette(65536, 1));
  EXPECT_FALSE(has_exact_silhouette(65537, 1));
  EXPECT_FALSE(has_exact_silhouette(200000, 3));
}

}  // namespace
}  // namespace fullbase::clustering
