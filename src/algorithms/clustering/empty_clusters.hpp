// Clusters that lost all their rows.
#pragma once

#include <cstdint>

#include "algorithms/clustering/assignment.hpp"
#include "algorithms/clustering/cluster_sums.hpp"
#include "base/matrix_view.hpp"
#include "comm/communicator.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::clustering {

/// Gives each empty cluster of `global` (all ranks' sums) one row: the rows farthest from the centroids of their clusters, the
/// farthest to the lowest empty cluster, ties to the lowest row; a cluster's last row stays where it is. Labels, the rank's own
/// sums `local` and `global` follow. Returns how many rows moved. Throws an input error on every rank if no row lies off its
/// centroid, so that there are fewer different rows than clusters.
///
/// Collective. One pass over the matrix and, for e empty clusters, at most 16 e bytes a rank gathered and 8 k d (or 16 k d)
/// summed.
std::int64_t fill_empty_clusters(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                 base::matrix_view<const float> centroids, Assignment& assignment, ClusterSums& local,
                                 ClusterSums& global);

}  // namespace fullbase::clustering
