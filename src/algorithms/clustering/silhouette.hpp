// The two silhouettes of criteria.hpp.
#pragma once

#include <cstdint>
#include <span>

#include "algorithms/clustering/column_statistics.hpp"
#include "base/matrix_view.hpp"
#include "comm/communicator.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::clustering {

/// Mean over all rows, from all pairs of rows. Collective. Memory: all rows and labels in double, and a row of distances a
/// thread.
double exact_silhouette(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                        std::span<const std::int32_t> labels, std::span<const std::int64_t> sizes);

/// Mean over all rows, from distances to centroids (less the columns' centre). Collective; one pass.
double centroid_silhouette(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                           base::matrix_view<const float> centroids, std::span<const std::int32_t> labels,
                           std::span<const std::int64_t> sizes);

}  // namespace fullbase::clustering
