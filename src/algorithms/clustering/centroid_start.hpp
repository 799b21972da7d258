// Where k-means begins.
#pragma once

#include <vector>

#include "algorithms/clustering/column_statistics.hpp"
#include "algorithms/clustering/kmeans.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"
#include "random/generator.hpp"

namespace fullbase::clustering {

/// options.clusters centroids, less the columns' centre, the same on every rank: a function of matrix, options, key and start.
/// Rows drawn in proportion to squared distances are drawn exactly: the distances (float32) become integers on a power-of-two
/// scale on which the greatest has 52 bits, an integer is drawn below their exact total, and the row is found by integer prefix.
/// Throws an input error with the count if there are fewer different rows than clusters.
///
/// Collective. Passes over the matrix: k-means++ two a centroid, k-means|| seven and two for each centroid that is still missing,
/// random none (two for each centroid that is missing where equal rows were drawn), given none. Sends about 8 (d + 4) bytes a
/// centroid or candidate. Memory: 4 bytes a local row, required, while it runs.
std::vector<float> start_centroids(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                   const ColumnStatistics& statistics, const KMeansOptions& options, random::Key key, int start,
                                   data::Budget& budget);

}  // namespace fullbase::clustering
