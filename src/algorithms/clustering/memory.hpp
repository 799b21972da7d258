// What k-means takes from a rank's budget beside the matrix: what it cannot do without, and what makes it faster.
#pragma once

#include <cstdint>

#include "algorithms/clustering/kmeans.hpp"

namespace fullbase::clustering {

/// Labels and distances of a rank's rows, which outlive the fit in its result: 8 bytes a local row. While a fit starts, its
/// distances to the nearest centroid lie where the result's will.
std::int64_t result_bytes(std::int64_t local_rows) noexcept;

/// What kmeans() requires while it runs: result_bytes(), 32 bytes a local block, and buffers that clusters, columns and threads
/// alone decide: two blocks, 96 KiB and 16 k d + 40 k bytes a thread, and about 84 k d + 40 k bytes besides; for the candidates
/// of k-means|| 192 k d + 96 k threads more.
std::int64_t fit_bytes(std::int64_t local_rows, int columns, const KMeansOptions& options) noexcept;

/// What it takes for bounds if that is left: 8 bytes a local row.
std::int64_t bounds_bytes(std::int64_t local_rows) noexcept;

/// What criteria() of a matrix with this many rows requires beside the result: 1,112 bytes a cluster, a block and 96 KiB a
/// thread; where the silhouette is exact, 12 bytes a value of the whole matrix, 4 a local one, and 4 + 8 threads a row of the
/// whole matrix.
std::int64_t criteria_bytes(std::int64_t rows, std::int64_t local_rows, int columns, int clusters) noexcept;

}  // namespace fullbase::clustering
