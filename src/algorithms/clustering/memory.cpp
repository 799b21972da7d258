#include "algorithms/clustering/memory.hpp"

#include <algorithm>

#include "algorithms/clustering/criteria.hpp"
#include "algorithms/clustering/kernel.hpp"
#include "base/block.hpp"
#include "base/exact_sum.hpp"
#include "data/matrix_blocks.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::clustering {

namespace {

constexpr std::int64_t float_bytes = sizeof(float);

/// Arrays with an element a row of a block: labels, scores, squared distances, 16 candidates' distances.
constexpr std::int64_t row_arrays = 96 * base::block_rows;

}  // namespace

std::int64_t result_bytes(std::int64_t local_rows) noexcept {
  return local_rows * static_cast<std::int64_t>(sizeof(std::int32_t) + sizeof(float));
}

std::int64_t bounds_bytes(std::int64_t local_rows) noexcept {
  return local_rows * 2 * float_bytes;
}

std::int64_t fit_bytes(std::int64_t local_rows, int columns, const KMeansOptions& options) noexcept {
  const std::int64_t threads = parallel::thread_count();
  const std::int64_t k = options.clusters;
  const std::int64_t block = data::MatrixBlocks::bytes(1, columns);
  const std::int64_t sums = 8 * k * (2 * columns + 1);
  const std::int64_t panel = float_bytes * (k + kernel::lanes) * (columns + 1);
  // A start's expected 10 k candidates and some more; in k-means++ 16 draws.
  const std::int64_t candidates = options.start == Start::kmeans_parallel ? 12 * k + 64 : 16;
  const std::int64_t candidate = 4 * float_bytes * columns + 8 * threads + 96;
  return result_bytes(local_rows) + 32 * base::block_count(local_rows) + threads * (2 * block + row_arrays + sums + 32 * k) +
         block + 4 * sums + panel + 4 * float_bytes * k * columns + candidates * candidate;
}

std::int64_t criteria_bytes(std::int64_t rows, std::int64_t local_rows, int columns, int clusters) noexcept {
  const std::int64_t threads = parallel::thread_count();
  const std::int64_t sums = clusters * static_cast<std::int64_t>(sizeof(base::ExactSum) + 8 * base::ExactSum::limb_count);
  if (clusters < 2 || clusters >= rows) return sums;
  const std::int64_t block = data::MatrixBlocks::bytes(1, columns);
  const std::int64_t buffers = threads * (block + row_arrays);
  if (has_exact_silhouette(rows, columns))
    return sums + buffers + columns * (3 * rows + local_rows) * float_bytes + rows * (float_bytes + 8 * threads);
  return sums + buffers + float_bytes * (clusters + kernel::lanes) * (columns + 1) * 2;
}

}  // namespace fullbase::clustering
