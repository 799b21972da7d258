#include "algorithms/clustering/nearest_distances.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "algorithms/clustering/kernel.hpp"
#include "algorithms/clustering/panel.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

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
                                   const ColumnStatistics& statistics, data::Budget& budget)
    : communicator_(communicator), matrix_(matrix), statistics_(statistics), greatest_(std::numeric_limits<float>::infinity()) {
  comm::collective_try(communicator, "distances to the nearest centroid", [&] {
    const auto rows = matrix.local_rows().size();
    reservation_ = budget.require(rows * static_cast<std::int64_t>(sizeof(float)), "distances to the nearest centroid");
    squared_.assign(static_cast<std::size_t>(rows), std::numeric_limits<float>::infinity());
    block_weights_.resize(static_cast<std::size_t>(matrix.local().size()));
  });
}

std::uint64_t NearestDistances::weight(float squared) const noexcept {
  return static_cast<std::uint64_t>(std::nearbyint(static_cast<double>(squared) * scale_));
}

base::matrix_view<const float> NearestDistances::centred(base::matrix_view<const float> values,
                                                         std::vector<float>& buffer) const {
  if (!statistics_.is_centred) return values;
  buffer.resize(static_cast<std::size_t>(matrix_.block_floats()));
  kernel::active().subtract({values.data(), values.stride(), values.rows()}, statistics_.centre.data(), values.columns(),
                            buffer.data(), values.stride());
  return {buffer.data(), values.rows(), values.columns(), values.stride()};
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
      const auto view = centred(values, buffers[t]);
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
    base::uint128 sum = 0;
    for (auto row = range.first; row < range.last; ++row) sum += weight(squared_[static_cast<std::size_t>(row - first_row)]);
    block_weights_[static_cast<std::size_t>(block - matrix_.local().first)] = sum;
  });
  rank_weights_ = communicator_.all_gather(std::accumulate(block_weights_.begin(), block_weights_.end(), base::uint128{0}));
  total_ = std::accumulate(rank_weights_.begin(), rank_weights_.end(), base::uint128{0});
}

std::vector<DrawnRow> NearestDistances::gather(const std::vector<std::int64_t>& local_rows) const {
  const auto columns = static_cast<std::size_t>(matrix_.columns());
  auto own_values = comm::collective_try(communicator_, "drawn rows", [&] {
    std::vector<float> values;
    std::vector<float> buffer(static_cast<std::size_t>(matrix_.block_floats()));
    for (const auto row : local_rows) {
      const auto block = base::block_of_row(row);
      matrix_.read({block, block + 1}, buffer.data());
      const float* x = buffer.data() + (row - block * base::block_rows) * matrix_.stride();
      for (std::size_t j = 0; j < columns; ++j) values.push_back(x[j] - statistics_.centre[j]);
    }
    return values;
  });
  const auto rows = communicator_.all_gather_all(std::span<const std::int64_t>(local_rows)).values;
  const auto values = communicator_.all_gather_all(std::span<const float>(own_values)).values;
  std::vector<DrawnRow> drawn;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * columns);
    drawn.push_back({rows[i], std::vector<float>(first, first + static_cast<std::ptrdiff_t>(columns))});
  }
  return drawn;
}

std::vector<DrawnRow> NearestDistances::rows(const std::vector<std::int64_t>& wanted) const {
  // Ranks give their rows in ascending order, so that all of them are in ascending order.
  auto sorted = wanted;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<std::int64_t> own;
  for (const auto row : sorted)
    if (matrix_.local_rows().contains(row)) own.push_back(row);
  const auto gathered = gather(own);
  std::vector<DrawnRow> result;
  for (const auto row : wanted) {
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), row) - sorted.begin();
    result.push_back(gathered[static_cast<std::size_t>(at)]);
  }
  return result;
}

std::vector<DrawnRow> NearestDistances::find(const std::vector<base::uint128>& targets) const {
  // Every rank finds the targets in its own share; the row numbers of the others are unknown to it, here -1.
  base::uint128 before = 0;
  for (int r = 0; r < communicator_.rank(); ++r) before += rank_weights_[static_cast<std::size_t>(r)];
  const auto own = rank_weights_[static_cast<std::size_t>(communicator_.rank())];
  std::vector<std::int64_t> found;
  for (const auto target : targets) {
    std::int64_t row = -1;
    if (target >= before && target - before < own) {
      auto left = target - before;
      std::size_t b = 0;
      for (; left >= block_weights_[b]; ++b) left -= block_weights_[b];
      row = (matrix_.local().first + static_cast<std::int64_t>(b)) * base::block_rows;
      for (const float* at = squared_.data() + (row - matrix_.local_rows().first); left >= weight(*at); ++at, ++row)
        left -= weight(*at);
    }
    found.push_back(row);
  }
  communicator_.max(std::span(found));
  return rows(found);
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
      if (share > 0 && generator.below(total_, row, draw, round) < share)
        chosen[static_cast<std::size_t>(block - matrix_.local().first)].push_back(row);
    }
  });
  std::vector<std::int64_t> own;
  for (const auto& rows_of_block : chosen) own.insert(own.end(), rows_of_block.begin(), rows_of_block.end());
  return gather(own);
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
      const auto view = centred(values, buffers[t]);
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
      const auto view = centred(values, buffers[t]);
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
