// Where k-means begins.
#pragma once

#include <vector>

#include "algorithms/clustering/column_statistics.hpp"
#include "algorithms/clustering/kmeans.hpp"
#include "comm/communicator.hpp"
#include "data/matrix_blocks.hpp"
#include "random/generator.hpp"

namespace fullbase::clustering {

/// options.clusters centroids, less the columns' centre, the same on every rank: a function of matrix, options, key and start.
/// Rows drawn in proportion to squared distances are drawn exactly: the distances (float32) become integers on a power-of-two
/// scale on which the greatest has 52 bits, an integer is drawn below their exact total, and the row is found by integer prefix.
/// Throws an input error with the count if there are fewer different rows than clusters.
///
/// Collective. Passes over the matrix: k-means++ two a centroid, k-means|| seven and two for each centroid that is still missing,
/// random none (two for each centroid that is missing where equal rows were drawn), given none. Memory: that of NearestDistances
/// while it runs.
///
/// Sends, with t = 2 + floor(ln k) draws a step: given nothing. k-means++ 16 bytes and 48 + 16 t for each centroid after the
/// first; k-means|| 56 bytes, 40 for each of five rounds that draws a row (8 where it draws none), and 8 for each of c
/// candidates; random 16. Where equal rows leave m of the k centroids missing, these two send (48 + 16 t) m more. Besides, each
/// row that is looked at is sent by the rank that has it, in 8 + 4 d bytes: 1 + (k - 1) t, c and k rows (and t for each one
/// missing).
std::vector<float> start_centroids(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                   const ColumnStatistics& statistics, const KMeansOptions& options, random::Key key, int start);

}  // namespace fullbase::clustering
