#include "algorithms/clustering/criteria.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "algorithms/clustering/memory.hpp"
#include "algorithms/clustering/silhouette.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"

namespace fullbase::clustering {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double calinski_harabasz(const KMeansResult& result, std::int64_t rows) {
  const auto clusters = static_cast<std::int64_t>(result.sizes.size());
  if (clusters < 2 || clusters >= rows) return undefined;
  if (result.inertia == 0) return std::numeric_limits<double>::infinity();
  const double between = std::max(0.0, result.total_inertia - result.inertia) / static_cast<double>(clusters - 1);
  return between / (result.inertia / static_cast<double>(rows - clusters));
}

/// Mean distance of each cluster's rows to its centroid.
std::vector<double> mean_distances(comm::Communicator& communicator, const KMeansResult& result) {
  std::vector<base::ExactSum> sums(result.sizes.size());
  for (std::size_t i = 0; i < result.labels.size(); ++i)
    sums[static_cast<std::size_t>(result.labels[i])].add(static_cast<double>(result.distances[i]));
  communicator.sum(std::span(sums));
  std::vector<double> means;
  for (std::size_t c = 0; c < sums.size(); ++c)
    means.push_back(result.sizes[c] > 0 ? sums[c].value() / static_cast<double>(result.sizes[c]) : 0);
  return means;
}

double davies_bouldin(const KMeansResult& result, std::span<const double> spread, std::size_t columns) {
  const auto distance = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double difference = result.centroids[a * columns + j] - result.centroids[b * columns + j];
      sum += difference * difference;
    }
    return std::sqrt(sum);
  };
  double sum = 0;
  std::int64_t clusters = 0;
  for (std::size_t a = 0; a < spread.size(); ++a) {
    if (result.sizes[a] == 0) continue;
    double worst = 0;
    for (std::size_t b = 0; b < spread.size(); ++b) {
      if (a == b || result.sizes[b] == 0) continue;
      const double apart = distance(a, b);
      if (apart > 0) worst = std::max(worst, (spread[a] + spread[b]) / apart);
    }
    sum += worst;
    ++clusters;
  }
  return clusters < 2 ? undefined : sum / static_cast<double>(clusters);
}

}  // namespace

bool has_exact_silhouette(std::int64_t rows, int columns) noexcept {
  return static_cast<double>(rows) * static_cast<double>(rows) * columns <= exact_silhouette_limit;
}

std::int64_t most_rows_of_exact_silhouette(int columns) noexcept {
  auto rows = static_cast<std::int64_t>(std::sqrt(exact_silhouette_limit / columns)) + 1;
  while (!has_exact_silhouette(rows, columns)) --rows;
  return rows;
}

Criteria criteria(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                  const KMeansResult& result, data::Budget& budget) {
  comm::StageScope stage(communicator.statistics(), "criteria");
  const auto columns = static_cast<std::size_t>(matrix.columns());
  const auto clusters = static_cast<std::int64_t>(result.sizes.size());
  const auto reservation = comm::collective_try(communicator, "memory", [&] {
    return budget.require(criteria_bytes(matrix.rows(), matrix.local_rows().size(), matrix.columns(), static_cast<int>(clusters)),
                          "criteria of a clustering");
  });
  Criteria criteria;
  criteria.inertia = result.inertia;
  criteria.calinski_harabasz = calinski_harabasz(result, matrix.rows());
  criteria.davies_bouldin = davies_bouldin(result, mean_distances(communicator, result), columns);
  criteria.silhouette_is_exact = has_exact_silhouette(matrix.rows(), matrix.columns());
  criteria.silhouette = undefined;
  if (clusters < 2 || clusters >= matrix.rows()) return criteria;

  if (criteria.silhouette_is_exact) {
    criteria.silhouette = exact_silhouette(communicator, matrix, statistics, result.labels, result.sizes);
  } else {
    std::vector<float> centroids;
    for (std::size_t i = 0; i < result.centroids.size(); ++i)
      centroids.push_back(static_cast<float>(result.centroids[i] - static_cast<double>(statistics.centre[i % columns])));
    criteria.silhouette = centroid_silhouette(communicator, matrix, statistics, {centroids.data(), clusters, matrix.columns()},
                                              result.labels, result.sizes);
  }
  return criteria;
}

std::size_t best_by(Criterion criterion, std::span<const Criteria> candidates) {
  const auto merit = [&](const Criteria& c) {
    switch (criterion) {
      case Criterion::silhouette:
        return c.silhouette;
      case Criterion::calinski_harabasz:
        return c.calinski_harabasz;
      case Criterion::davies_bouldin:
        return -c.davies_bouldin;
    }
    return undefined;
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    const double candidate = merit(candidates[i]);
    if (candidate > merit(candidates[best]) || (std::isnan(merit(candidates[best])) && !std::isnan(candidate))) best = i;
  }
  return best;
}

}  // namespace fullbase::clustering
