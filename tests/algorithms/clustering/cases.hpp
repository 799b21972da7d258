// Matrices for tests of clustering, and fits of them on any ranks, threads and memory.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "algorithms/clustering/kmeans.hpp"
#include "algorithms/clustering/memory.hpp"
#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"
#include "random/distributions.hpp"

namespace fullbase::testing {

/// A whole matrix, row by row.
struct Values {
  std::int64_t rows = 0;
  int columns = 0;
  std::vector<float> values;

  std::span<const float> row(std::int64_t i) const {
    return std::span(values).subspan(static_cast<std::size_t>(i * columns), static_cast<std::size_t>(columns));
  }
};

/// `centres` clouds of deviation `spread` around points of deviation 3; 0 centres: one cloud around 0.
inline Values clouds(std::int64_t rows, int columns, int centres, double spread, std::uint64_t seed, double offset = 0) {
  const random::Generator points(random::Key{seed});
  const random::Generator noise(random::Key{seed + 1});
  Values values{rows, columns, {}};
  for (std::int64_t i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      const std::int64_t centre =
          centres > 0 ? static_cast<std::int64_t>(points.word(i, 0, 7) % static_cast<unsigned>(centres)) : 0;
      const double point = centres > 0 ? 3 * random::normal(points, centre, j) : 0;
      values.values.push_back(static_cast<float>(offset + point + spread * random::normal(noise, i, j)));
    }
  return values;
}

inline data::MatrixBlocks matrix_of(const Values& values, const comm::Communicator& communicator, data::Budget& budget,
                                    data::Spill& spill) {
  const base::Partition partition(values.rows, communicator.size());
  data::MatrixBlocks matrix(values.rows, values.columns, partition.blocks_of(communicator.rank()), budget, spill);
  for (auto block = matrix.local().first; block < matrix.local().last; ++block) {
    const auto rows = base::rows_of_block(block, values.rows);
    matrix.write(block, {values.values.data() + rows.first * values.columns, rows.size(), values.columns});
  }
  return matrix;
}

/// Ranks, threads and the budget of each rank, from which the matrix and the fit take theirs as a job's do.
struct Setting {
  int ranks = 1;
  int threads = 1;
  std::int64_t memory = std::int64_t{1} << 40;
  bool streams = false;  ///< the matrix is to lie partly on disk, on every rank
};

/// What the rank of most rows wants: the matrix in memory, what a fit requires, bounds.
struct Wants {
  std::int64_t matrix = 0;
  std::int64_t least_matrix = 0;
  std::int64_t required = 0;
  std::int64_t bounds = 0;
  std::int64_t all() const { return matrix + required + bounds; }
  /// A quarter of the matrix, without bounds: what the fit requires is not to be had for less.
  std::int64_t quarter() const { return std::max(least_matrix, matrix / 4) + required; }
};

/// Threads: those of parallel::thread_count().
inline Wants wants(const Values& values, const clustering::KMeansOptions& options, int ranks) {
  const base::Partition partition(values.rows, ranks);
  const auto blocks = partition.most_blocks();
  const auto local = partition.most_rows();
  return {data::MatrixBlocks::bytes(blocks, values.columns), data::MatrixBlocks::least_bytes(blocks, values.columns),
          clustering::fit_bytes(local, values.columns, options), clustering::bounds_bytes(local)};
}

/// What a fit gave, put together from all ranks.
inline clustering::KMeansResult fit(const Values& values, const clustering::KMeansOptions& options, const Setting& setting = {},
                                    std::uint64_t key = 42, const clustering::KMeansObserver& observer = {},
                                    const clustering::KMeansState* resume = nullptr) {
  clustering::KMeansResult whole;
  parallel::set_thread_count(setting.threads);
  comm::run_threads(setting.ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(setting.memory);
    MemorySpill spill;
    const base::Partition partition(values.rows, communicator.size());
    auto aside =
        budget.require(clustering::fit_bytes(partition.rows_of(communicator.rank()).size(), values.columns, options), "the fit");
    const auto matrix = matrix_of(values, communicator, budget, spill);
    aside = {};
    if (setting.streams) {
      EXPECT_LT(matrix.resident_blocks(), matrix.local().size());
    }
    const auto statistics = clustering::column_statistics(communicator, matrix, {});
    auto result = clustering::kmeans(communicator, matrix, statistics, options, random::Key{key}, budget,
                                     communicator.is_root() ? observer : clustering::KMeansObserver{}, resume);
    EXPECT_LE(budget.peak(), budget.limit());
    result.reservation = {};
    auto labels = communicator.gather(std::span<const std::int32_t>(result.labels)).values;
    auto distances = communicator.gather(std::span<const float>(result.distances)).values;
    if (!communicator.is_root()) return;
    whole = std::move(result);
    whole.labels = std::move(labels);
    whole.distances = std::move(distances);
  });
  return whole;
}

}  // namespace fullbase::testing
