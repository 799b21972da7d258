#include "algorithms/clustering/nearest_distances.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "algorithms/clustering/kernel.hpp"
#include "algorithms/clustering/panel.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"
#include "random/weighted.hpp"

namespace fullbase::clustering {

namespace {

constexpr auto block_size = static_cast<std::size_t>(base::block_rows);
constexpr int weight_bits = 52;

float rounded_distance(double squared) {
  const auto rounded = static_cast<float>(squared);
  return rounded == 0 && squared > 0 ? std::numeric_limits<float>::denorm_min() : rounded;
}

}  // namespace

NearestDistances::NearestDistances(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                   const ColumnStatistics& statistics)
    : communicator_(communicator), matrix_(matrix), statistics_(statistics), greatest_(std::numeric_limits<float>::infinity()) {
  comm::collective_try(communicator, "distances to the nearest centroid", [&] {
    squared_.assign(static_cast<std::size_t>(matrix.local_rows().size()), std::numeric_limits<float>::infinity());
    block_weights_.resize(static_cast<std::size_t>(matrix.local().size()));
  });
}

std::uint64_t NearestDistances::weight(float squared) const noexcept {
  return static_cast<std::uint64_t>(std::nearbyint(static_cast<double>(squared) * scale_));
}

void NearestDistances::add(base::matrix_view<const float> centroids) {
  const CentroidPanel panel(centroids);
  const auto threads = static_cast<std::size_t>(parallel::thread_count());
  const auto first_row = matrix_.local_rows().first;
  std::vector<float> greatest(threads, 0.0F);
  comm::collective_try(communicator_, "distances to the nearest centroid", [&] {
    std::vector<std::vector<float>> buffers(threads);
    parallel::for_each_block(matrix_, [&](std::int64_t block, base::matrix_view<const float> values, int thread) {
      const auto t = static_cast<std::size_t>(thread);
      const auto view = statistics_.centred(values, buffers[t]);
      const auto range = base::rows_of_block(block, matrix_.rows());
      const kernel::Rows rows{view.data(), view.stride(), range.size()};
      std::array<std::int32_t, block_size> label{};
      std::array<float, block_size> score;
      std::array<double, block_size> squared;
      if (centroids.rows() > 1) kernel::active().assign(rows, panel.view(), label.data(), score.data(), nullptr);
      kernel::active().own_distances(rows, centroids.data(), centroids.columns(), label.data(), squared.data());
      float* nearest = squared_.data() + (range.first - first_row);
      for (std::int64_t i = 0; i < rows.count; ++i) {
        nearest[i] = std::min(nearest[i], rounded_distance(squared[static_cast<std::size_t>(i)]));
        greatest[t] = std::max(greatest[t], nearest[i]);
      }
    });
  });
  greatest_ = communicator_.max_value(*std::max_element(greatest.begin(), greatest.end()));

  scale_ = greatest_ > 0 ? std::ldexp(1.0, weight_bits - 1 - std::ilogb(greatest_)) : 1.0;
  parallel::for_each_block(matrix_.local(), [&](std::int64_t block, int) {
    const auto range = base::rows_of_block(block, matrix_.rows());
    std::uint64_t sum = 0;
    for (auto row = range.first; row < range.last; ++row) sum += weight(squared_[static_cast<std::size_t>(row - first_row)]);
    block_weights_[static_cast<std::size_t>(block - matrix_.local().first)] = sum;
  });
  shares_.emplace(communicator_, random::total_weight(block_weights_));
}

/// All ranks' rows, each rank's in the order in which it gives them.
comm::Gathered<DrawnRow> NearestDistances::gather(const std::vector<std::int64_t>& local_rows) const {
  const auto columns = static_cast<std::size_t>(matrix_.columns());
  auto own_values = comm::collective_try(communicator_, "drawn rows", [&] {
    std::vector<float> values;
    std::vector<float> block_values(static_cast<std::size_t>(matrix_.block_values()));
    std::vector<float> buffer;
    for (const auto row : local_rows) {
      const auto block = base::block_of_row(row);
      matrix_.read({block, block + 1}, block_values.data());
      const base::matrix_view<const float> x(block_values.data() + (row - block * base::block_rows) * matrix_.stride(), 1,
                                             matrix_.columns(), matrix_.stride());
      const auto own = statistics_.centred(x, buffer).row(0);
      values.insert(values.end(), own.begin(), own.end());
    }
    return values;
  });
  auto rows = communicator_.all_gather_all(std::span<const std::int64_t>(local_rows));
  const auto values = communicator_.all_gather_all(std::span<const float>(own_values)).values;
  comm::Gathered<DrawnRow> drawn{{}, std::move(rows.starts)};
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * columns);
    drawn.values.push_back({rows.values[i], std::vector<float>(first, first + static_cast<std::ptrdiff_t>(columns))});
  }
  return drawn;
}

/// The rows that were asked for one after the other from these ranks.
std::vector<DrawnRow> NearestDistances::in_order(const comm::Gathered<DrawnRow>& gathered, const std::vector<int>& owners) {
  auto next = gathered.starts;
  std::vector<DrawnRow> rows;
  for (const int owner : owners)
    rows.push_back(gathered.values[static_cast<std::size_t>(next[static_cast<std::size_t>(owner)]++)]);
  return rows;
}

std::vector<DrawnRow> NearestDistances::rows(const std::vector<std::int64_t>& wanted) const {
  const base::Partition partition(matrix_.rows(), communicator_.size());
  std::vector<int> owners;
  std::vector<std::int64_t> own;
  for (const auto row : wanted) {
    owners.push_back(partition.owner_of_block(base::block_of_row(row)));
    if (owners.back() == communicator_.rank()) own.push_back(row);
  }
  return in_order(gather(own), owners);
}

/// The local row whose share of this rank's weights contains `target`.
std::int64_t NearestDistances::find_local(base::uint128 target) const {
  const std::span<const std::uint64_t> blocks(block_weights_);
  const auto block = random::find_weighted(blocks, target);
  target -= random::total_weight(blocks.first(static_cast<std::size_t>(block)));
  const auto range = base::rows_of_block(matrix_.local().first + block, matrix_.rows());
  std::vector<std::uint64_t> weights;
  for (auto row = range.first; row < range.last; ++row)
    weights.push_back(weight(squared_[static_cast<std::size_t>(row - matrix_.local_rows().first)]));
  return range.first + random::find_weighted(weights, target);
}

std::vector<DrawnRow> NearestDistances::find(const std::vector<base::uint128>& targets) const {
  std::vector<int> owners;
  std::vector<std::int64_t> own;
  for (const auto target : targets) {
    owners.push_back(shares_->owner(target));
    if (owners.back() == communicator_.rank()) own.push_back(find_local(shares_->within_owner(target)));
  }
  return in_order(gather(own), owners);
}

std::vector<DrawnRow> NearestDistances::sample(const random::Generator& generator, std::int64_t expected, std::int64_t draw,
                                               std::int64_t round) const {
  const auto first_row = matrix_.local_rows().first;
  std::vector<std::vector<std::int64_t>> chosen(static_cast<std::size_t>(matrix_.local().size()));
  parallel::for_each_block(matrix_.local(), [&](std::int64_t block, int) {
    const auto range = base::rows_of_block(block, matrix_.rows());
    for (auto row = range.first; row < range.last; ++row) {
      const auto share = static_cast<base::uint128>(weight(squared_[static_cast<std::size_t>(row - first_row)])) *
                         static_cast<base::uint128>(expected);
      if (share > 0 && generator.below(total(), row, draw, round) < share)
        chosen[static_cast<std::size_t>(block - matrix_.local().first)].push_back(row);
    }
  });
  std::vector<std::int64_t> own;
  for (const auto& rows_of_block : chosen) own.insert(own.end(), rows_of_block.begin(), rows_of_block.end());
  return gather(own).values;
}

std::vector<base::uint128> NearestDistances::potentials(base::matrix_view<const float> candidates) const {
  const auto columns = candidates.columns();
  AlignedFloats packed(columns * kernel::candidate_max);
  for (std::int64_t c = 0; c < candidates.rows(); ++c)
    for (std::int64_t j = 0; j < columns; ++j) packed.data()[j * kernel::candidate_max + c] = candidates(c, j);
  using Sums = std::array<base::int128, static_cast<std::size_t>(kernel::candidate_max)>;
  const auto threads = static_cast<std::size_t>(parallel::thread_count());
  std::vector<Sums> shares(threads, Sums{});
  const auto first_row = matrix_.local_rows().first;
  comm::collective_try(communicator_, "candidates", [&] {
    std::vector<std::vector<float>> buffers(threads);
    std::vector<std::vector<float>> distances(threads);
    parallel::for_each_block(matrix_, [&](std::int64_t block, base::matrix_view<const float> values, int thread) {
      const auto t = static_cast<std::size_t>(thread);
      const auto view = statistics_.centred(values, buffers[t]);
      const auto range = base::rows_of_block(block, matrix_.rows());
      distances[t].resize(block_size * static_cast<std::size_t>(kernel::candidate_max));
      kernel::active().candidate_distances({view.data(), view.stride(), range.size()}, packed.data(), columns,
                                           distances[t].data());
      for (std::int64_t i = 0; i < range.size(); ++i) {
        const float nearest = squared_[static_cast<std::size_t>(range.first - first_row + i)];
        const float* to = distances[t].data() + i * kernel::candidate_max;
        for (std::int64_t c = 0; c < candidates.rows(); ++c)
          shares[t][static_cast<std::size_t>(c)] += weight(std::min(nearest, to[c]));
      }
    });
  });
  std::vector<base::int128> sums(static_cast<std::size_t>(candidates.rows()), 0);
  for (const auto& share : shares)
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += share[c];
  communicator_.sum(std::span(sums));
  return {sums.begin(), sums.end()};
}

std::vector<std::int64_t> NearestDistances::populations(base::matrix_view<const float> candidates) const {
  const CentroidPanel panel(candidates);
  const auto threads = static_cast<std::size_t>(parallel::thread_count());
  std::vector<std::vector<std::int64_t>> shares(threads, std::vector<std::int64_t>(static_cast<std::size_t>(candidates.rows())));
  comm::collective_try(communicator_, "candidates", [&] {
    std::vector<std::vector<float>> buffers(threads);
    parallel::for_each_block(matrix_, [&](std::int64_t block, base::matrix_view<const float> values, int thread) {
      const auto t = static_cast<std::size_t>(thread);
      const auto view = statistics_.centred(values, buffers[t]);
      const auto rows = base::rows_of_block(block, matrix_.rows()).size();
      std::array<std::int32_t, block_size> label;
      std::array<float, block_size> score;
      kernel::active().assign({view.data(), view.stride(), rows}, panel.view(), label.data(), score.data(), nullptr);
      for (std::int64_t i = 0; i < rows; ++i) ++shares[t][static_cast<std::size_t>(label[static_cast<std::size_t>(i)])];
    });
  });
  for (std::size_t t = 1; t < threads; ++t)
    for (std::size_t c = 0; c < shares[0].size(); ++c) shares[0][c] += shares[t][c];
  communicator_.sum(std::span(shares[0]));
  return shares[0];
}

}  // namespace fullbase::clustering
