// How well a clustering fits, for choosing the number of clusters.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/clustering/kmeans.hpp"
#include "comm/communicator.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::clustering {

/// NaN where a criterion is not defined: one cluster, or as many as rows (silhouette, Calinski-Harabasz).
struct Criteria {
  double inertia = 0;
  /// Mean of (b - a) / max(a, b), P. Rousseeuw 1987; 0 for a row that is alone in its cluster. Exact: a is a row's mean distance
  /// to the others of its cluster, b the least mean distance to another cluster's rows. Centroid-based ("simplified", E. Hruschka
  /// 2004): a and b are the distances to the own and to the nearest other centroid.
  double silhouette = 0;
  bool silhouette_is_exact = false;
  /// (B / (k - 1)) / (W / (n - k)), W the inertia, B the total inertia less W; infinite where W is 0.
  double calinski_harabasz = 0;
  /// Mean over clusters of max (s_i + s_j) / |c_i - c_j|, s a cluster's mean distance to its centroid; empty clusters and pairs
  /// of equal centroids are left out.
  double davies_bouldin = 0;
};

/// The silhouette is exact where n^2 d is at most this: about a second of one core.
inline constexpr double exact_silhouette_limit = 0x1p32;
bool has_exact_silhouette(std::int64_t rows, int columns) noexcept;

/// Criteria of a result of kmeans() on the same matrix. The same on every rank, and whatever ranks, threads and memory.
/// Collective. Cost: passes for column statistics and for k distances a row; with the exact silhouette n^2 d / ranks, and all
/// rows at every rank (at most 256 sqrt(d) KiB). Sends 8 (k + 1) base::ExactSum::limb_count + 8 bytes besides those of
/// column_statistics(), with the exact silhouette also the rank's rows and labels.
Criteria criteria(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const KMeansResult& result);

enum class Criterion { silhouette, calinski_harabasz, davies_bouldin };

/// Position of the best: the greatest silhouette or Calinski-Harabasz, the least Davies-Bouldin; ties to the first, and NaN after
/// all others. Position 0 if all are NaN.
std::size_t best_by(Criterion criterion, std::span<const Criteria> candidates);

}  // namespace fullbase::clustering
