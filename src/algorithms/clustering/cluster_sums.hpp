// The partial result of k-means: how many rows each cluster has and their exact sums. Merging is integer addition, so that
// neither ranks, threads nor the order of rows can alter a centroid.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/clustering/column_statistics.hpp"
#include "algorithms/clustering/kernel.hpp"

namespace fullbase::clustering {

/// Sums of k clusters over d columns in fixed point on the columns' scales (one limb, or two if any column needs them). An error
/// of at most base::FixedScale::error_of_value() a value is made when a row is added, none after.
class ClusterSums {
 public:
  ClusterSums(int clusters, const ColumnStatistics& statistics);

  int clusters() const noexcept { return clusters_; }
  int columns() const noexcept { return columns_; }

  /// Takes rows index[i] from cluster from[row] (none if negative) and adds them to to[row], for the `count` rows at `index`.
  void move(kernel::Rows rows, const std::int32_t* index, std::int64_t count, const std::int32_t* from, const std::int32_t* to);
  void add(const ClusterSums& other) noexcept;
  void clear() noexcept;

  std::int64_t count(int cluster) const noexcept { return values_[static_cast<std::size_t>(cluster)]; }
  /// The sum of a cluster's values in a column, rounded once.
  double sum(int cluster, int column) const noexcept;

  /// What ranks add up: clusters() * (limbs * columns() + 1) integers.
  std::span<std::int64_t> values() noexcept { return values_; }

 private:
  std::int64_t* high() noexcept { return values_.data() + clusters_; }
  std::int64_t* low() noexcept { return two_limbs_ ? high() + std::int64_t{clusters_} * columns_ : nullptr; }

  int clusters_;
  int columns_;
  bool two_limbs_ = false;
  const ColumnStatistics* statistics_;
  std::vector<double> multiplier_, step_, low_multiplier_;
  std::vector<std::int64_t> values_;  ///< counts, high limbs, low limbs
};

}  // namespace fullbase::clustering
