#include "algorithms/clustering/silhouette.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "algorithms/clustering/kernel.hpp"
#include "algorithms/clustering/panel.hpp"
#include "base/exact_sum.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::clustering {

namespace {

constexpr auto block_size = static_cast<std::size_t>(base::block_rows);

/// (b - a) / max(a, b); 0 where both are 0 and where there is no other cluster.
double width(double a, double b) {
  const double greater = std::max(a, b);
  return greater > 0 && std::isfinite(greater) ? (b - a) / greater : 0;
}

/// The mean over all rows of values that are summed in row order within blocks.
class BlockMean {
 public:
  BlockMean() : sums_(static_cast<std::size_t>(parallel::thread_count())) {}
  void add(std::span<const double> block, int thread) { sums_[static_cast<std::size_t>(thread)].add(base::ordered_sum(block)); }
  double over_ranks(comm::Communicator& communicator, std::int64_t rows) {
    for (std::size_t t = 1; t < sums_.size(); ++t) sums_[0].add(sums_[t]);
    communicator.sum(std::span(sums_).first(1));
    return sums_[0].value() / static_cast<double>(rows);
  }

 private:
  std::vector<base::ExactSum> sums_;
};

/// All rows of all ranks, by cluster and then by row number, columns one after the other.
struct GroupedRows {
  std::int64_t rows = 0;
  std::vector<double> columns;
  std::vector<std::int64_t> starts;  ///< of each cluster, and the end
};

GroupedRows group(std::span<const float> values, std::span<const std::int32_t> labels, std::span<const std::int64_t> sizes,
                  std::size_t columns) {
  GroupedRows grouped{static_cast<std::int64_t>(labels.size()), std::vector<double>(values.size()), {0}};
  for (const auto size : sizes) grouped.starts.push_back(grouped.starts.back() + size);
  auto next = grouped.starts;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(labels[i])]++);
    for (std::size_t j = 0; j < columns; ++j)
      grouped.columns[j * labels.size() + place] = static_cast<double>(values[i * columns + j]);
  }
  return grouped;
}

}  // namespace

double exact_silhouette(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                        std::span<const std::int32_t> labels, std::span<const std::int64_t> sizes) {
  const auto columns = static_cast<std::size_t>(matrix.columns());
  const auto local = comm::collective_try(communicator, "silhouette", [&] {
    std::vector<float> values(static_cast<std::size_t>(matrix.local_rows().size()) * columns);
    std::vector<std::vector<float>> buffers(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const float> block_values, int thread) {
      const auto rows = base::rows_of_block(block, matrix.rows());
      const auto view = statistics.centred(block_values, buffers[static_cast<std::size_t>(thread)]);
      auto* to = values.data() + static_cast<std::size_t>(rows.first - matrix.local_rows().first) * columns;
      for (std::int64_t i = 0; i < rows.size(); ++i, to += columns) std::copy_n(view.row(i).data(), columns, to);
    });
    return values;
  });
  const auto all_values = communicator.all_gather_all(std::span<const float>(local)).values;
  const auto all_labels = communicator.all_gather_all(labels).values;
  const auto grouped = group(all_values, all_labels, sizes, columns);
  const auto n = all_labels.size();

  BlockMean mean;
  comm::collective_try(communicator, "silhouette", [&] {
    std::vector<std::vector<double>> distances(static_cast<std::size_t>(parallel::thread_count()), std::vector<double>(n));
    parallel::for_each_block(matrix.local(), [&](std::int64_t block, int thread) {
      auto* __restrict distance = distances[static_cast<std::size_t>(thread)].data();
      std::array<double, block_size> widths;
      const auto rows = base::rows_of_block(block, matrix.rows());
      for (auto row = rows.first; row < rows.last; ++row) {
        std::fill(distance, distance + n, 0.0);
        for (std::size_t j = 0; j < columns; ++j) {
          const auto x = static_cast<double>(all_values[static_cast<std::size_t>(row) * columns + j]);
          const double* __restrict others = grouped.columns.data() + j * n;
          for (std::size_t i = 0; i < n; ++i) distance[i] += (x - others[i]) * (x - others[i]);
        }
        for (std::size_t i = 0; i < n; ++i) distance[i] = std::sqrt(distance[i]);
        const auto own = static_cast<std::size_t>(all_labels[static_cast<std::size_t>(row)]);
        double a = 0;
        double b = std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < sizes.size(); ++c) {
          if (sizes[c] == 0) continue;
          const double sum = base::ordered_sum({distance + grouped.starts[c], static_cast<std::size_t>(sizes[c])});
          if (c == own)
            a = sizes[c] > 1 ? sum / static_cast<double>(sizes[c] - 1) : 0;
          else
            b = std::min(b, sum / static_cast<double>(sizes[c]));
        }
        widths[static_cast<std::size_t>(row - rows.first)] = sizes[own] > 1 ? width(a, b) : 0;
      }
      mean.add(std::span(widths).first(static_cast<std::size_t>(rows.size())), thread);
    });
  });
  return mean.over_ranks(communicator, matrix.rows());
}

double centroid_silhouette(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics,
                           base::matrix_view<const float> centroids, std::span<const std::int32_t> labels,
                           std::span<const std::int64_t> sizes) {
  // The nearest other centroid is that of a cluster with rows, so the others are left out and clusters numbered anew.
  std::vector<float> peopled;
  std::vector<std::int32_t> number(sizes.size(), -1);
  std::int32_t clusters = 0;
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    if (sizes[c] == 0) continue;
    const auto centroid = centroids.row(static_cast<std::int64_t>(c));
    peopled.insert(peopled.end(), centroid.begin(), centroid.end());
    number[c] = clusters++;
  }
  const CentroidPanel panel({peopled.data(), clusters, centroids.columns()});
  BlockMean mean;
  comm::collective_try(communicator, "silhouette", [&] {
    std::vector<std::vector<float>> buffers(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const float> values, int thread) {
      const auto range = base::rows_of_block(block, matrix.rows());
      const auto view = statistics.centred(values, buffers[static_cast<std::size_t>(thread)]);
      const kernel::Rows rows{view.data(), view.stride(), range.size()};
      std::array<std::int32_t, block_size> nearest;
      std::array<float, block_size> best;
      std::array<float, block_size> second;
      std::array<double, block_size> squared;
      std::array<double, block_size> widths;
      const auto* own = labels.data() + (range.first - matrix.local_rows().first);
      kernel::active().assign(rows, panel.view(), nearest.data(), best.data(), second.data());
      kernel::active().own_distances(rows, centroids.data(), centroids.columns(), own, squared.data());
      for (std::size_t i = 0; i < static_cast<std::size_t>(range.size()); ++i) {
        // The scores of the nearest two differ by the difference of their squared distances.
        const double gap = nearest[i] == number[static_cast<std::size_t>(own[i])]
                               ? static_cast<double>(second[i]) - static_cast<double>(best[i])
                               : 0;
        const bool is_alone = sizes[static_cast<std::size_t>(own[i])] <= 1;
        widths[i] = is_alone ? 0 : width(std::sqrt(squared[i]), std::sqrt(squared[i] + gap));
      }
      mean.add(std::span(widths).first(static_cast<std::size_t>(range.size())), thread);
    });
  });
  return mean.over_ranks(communicator, matrix.rows());
}

}  // namespace fullbase::clustering
