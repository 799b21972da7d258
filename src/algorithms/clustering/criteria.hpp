// How well a clustering fits, for choosing the number of clusters.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/clustering/kmeans.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
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
std::int64_t most_rows_of_exact_silhouette(int columns) noexcept;

/// Criteria of a result of kmeans() on the same matrix with the same statistics. The same on every rank, and whatever ranks,
/// threads and memory.
///
/// Collective. Cost: one pass for k distances a row; with the exact silhouette n^2 d / ranks. Sends 8 k
/// base::ExactSum::limb_count bytes, 8 to reserve memory, and for a silhouette 8 + 8 base::ExactSum::limb_count, with the exact
/// one 8 and the rank's rows and labels (4 d + 4 bytes a row) besides. Memory: criteria_bytes() of `budget`, required; with the
/// exact silhouette, whose rows all ranks hold, at most 768 sqrt(d) KiB and (4 + 8 threads) 64 / sqrt(d) KiB.
Criteria criteria(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                  const KMeansResult& result, data::Budget& budget);

enum class Criterion { silhouette, calinski_harabasz, davies_bouldin };

/// Position of the best: the greatest silhouette or Calinski-Harabasz, the least Davies-Bouldin; ties to the first, and NaN after
/// all others. Position 0 if all are NaN.
std::size_t best_by(Criterion criterion, std::span<const Criteria> candidates);

}  // namespace fullbase::clustering
