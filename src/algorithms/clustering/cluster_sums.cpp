#include "algorithms/clustering/cluster_sums.hpp"

#include <algorithm>

namespace fullbase::clustering {

ClusterSums::ClusterSums(int clusters, const ColumnStatistics& statistics)
    : clusters_(clusters), columns_(static_cast<int>(statistics.scales.size())), statistics_(&statistics) {
  for (const auto& scale : statistics.scales) {
    multiplier_.push_back(scale.multiplier());
    step_.push_back(scale.step());
    low_multiplier_.push_back(scale.limbs() == 2 ? scale.low_multiplier() : 0.0);
    two_limbs_ = two_limbs_ || scale.limbs() == 2;
  }
  const auto limbs = two_limbs_ ? 2 : 1;
  values_.resize(static_cast<std::size_t>(clusters) * (static_cast<std::size_t>(limbs * columns_) + 1));
}

void ClusterSums::move(kernel::Rows rows, const std::int32_t* index, std::int64_t count, const std::int32_t* from,
                       const std::int32_t* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = index[i];
    if (from[row] >= 0) --values_[static_cast<std::size_t>(from[row])];
    ++values_[static_cast<std::size_t>(to[row])];
  }
  kernel::active().move_rows(rows, index, count, from, to,
                             {multiplier_.data(), step_.data(), low_multiplier_.data(), columns_, two_limbs_}, high(), low());
}

void ClusterSums::add(const ClusterSums& other) noexcept {
  for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += other.values_[i];
}

void ClusterSums::clear() noexcept {
  std::fill(values_.begin(), values_.end(), 0);
}

double ClusterSums::sum(int cluster, int column) const noexcept {
  const auto cell = static_cast<std::size_t>(clusters_) + static_cast<std::size_t>(cluster) * static_cast<std::size_t>(columns_) +
                    static_cast<std::size_t>(column);
  const auto cells = static_cast<std::size_t>(clusters_) * static_cast<std::size_t>(columns_);
  return statistics_->scales[static_cast<std::size_t>(column)].value(values_[cell], two_limbs_ ? values_[cell + cells] : 0);
}

}  // namespace fullbase::clustering
