// Clusters that lost all their rows.
#pragma once

#include <cstdint>

#include "algorithms/clustering/assignment.hpp"
#include "algorithms/clustering/cluster_sums.hpp"
#include "base/matrix_view.hpp"
#include "comm/communicator.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::clustering {

/// Gives each empty cluster of `global` (all ranks' sums) one row. Every cluster keeps its last row, the one nearest to its
/// centroid (of equally near ones the highest row); of all other rows that lie off their centroids the farthest move (of equally
/// far ones the lowest row), the farthest to the lowest empty cluster. So an empty cluster stays empty only if no such row is
/// left, and what moves is a function of rows, labels and centroids. Labels, the rank's own sums `local` and `global` follow.
/// Returns how many rows moved. Throws an input error on every rank if none can, so that there are fewer different rows than
/// clusters.
///
/// Collective; where no cluster is empty it does nothing. Else one pass over the matrix; for e empty clusters of k it sends 16 +
/// 16 k bytes, at most 16 e gathered, and the sums (8 k (d + 1), with two limbs 8 k (2 d + 1)). Memory: 32 k bytes a thread.
std::int64_t fill_empty_clusters(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                 base::matrix_view<const float> centroids, Assignment& assignment, ClusterSums& local,
                                 ClusterSums& global);

}  // namespace fullbase::clustering
