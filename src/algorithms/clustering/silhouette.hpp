// The two silhouettes of criteria.hpp.
#pragma once

#include <cstdint>
#include <span>

#include "algorithms/clustering/column_statistics.hpp"
#include "base/matrix_view.hpp"
#include "comm/communicator.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::clustering {

/// Mean over all rows, from all pairs of rows. Clusters without rows are none. Collective; sends 16 bytes, 4 d + 4 a local row
/// and 8 * base::ExactSum::limb_count. Memory: criteria_bytes().
double exact_silhouette(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                        std::span<const std::int32_t> labels, std::span<const std::int64_t> sizes);

/// Mean over all rows, from distances to the centroids (less the columns' centre) of clusters that have rows. Collective; one
/// pass; sends 8 + 8 * base::ExactSum::limb_count bytes. Memory: criteria_bytes().
double centroid_silhouette(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                           base::matrix_view<const float> centroids, std::span<const std::int32_t> labels,
                           std::span<const std::int64_t> sizes);

}  // namespace fullbase::clustering
