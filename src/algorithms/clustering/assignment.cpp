#include "algorithms/clustering/assignment.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "algorithms/clustering/memory.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::clustering {

namespace {

/// Under Pruning::adaptive one block in so many keeps bounds always, to tell whether bounds are worth keeping on all.
constexpr std::int64_t sampled_one_in = 32;
/// Shares of rows proven by bounds at which all blocks begin and cease to keep them. Keeping them costs about a tenth.
constexpr double worth_beginning = 0.25;
constexpr double worth_keeping = 0.15;

/// Factors that outweigh the float32 roundings of a step that they follow.
constexpr float up = 1 + 0x1p-21F;
constexpr float down = 1 - 0x1p-21F;

float rounded_up(double value) {
  return static_cast<float>(value) * up + std::numeric_limits<float>::min();
}

}  // namespace

/// How far each centroid moved, and the farthest of all others.
struct Assignment::Moves {
  explicit Moves(std::span<const float> moved) : own(moved.begin(), moved.end()), others(moved.size(), 0.0F) {
    std::size_t farthest = 0;
    for (std::size_t c = 1; c < own.size(); ++c)
      if (own[c] > own[farthest]) farthest = c;
    for (std::size_t c = 0; c < own.size(); ++c) {
      if (c == farthest) continue;
      others[c] = own[farthest];
      others[farthest] = std::max(others[farthest], own[c]);
    }
  }
  bool known() const noexcept { return !own.empty(); }
  std::vector<float> own;
  std::vector<float> others;
};

/// One thread's buffers for a block.
struct Assignment::Workspace {
  explicit Workspace(const data::MatrixBlocks& matrix) : gathered(static_cast<std::size_t>(matrix.block_values())) {
    std::iota(every_row.begin(), every_row.end(), 0);
  }
  static constexpr auto size = static_cast<std::size_t>(base::block_rows);
  std::vector<float> centred;
  std::vector<float> gathered;
  std::array<std::int32_t, size> every_row{};
  std::array<std::int32_t, size> rows{};  ///< rows of the block that the kernel is to label
  std::int64_t row_count = 0;
  std::array<std::int32_t, size> doubtful{};
  std::array<std::int32_t, size> label{};
  std::array<float, size> best{};
  std::array<float, size> second{};
  std::array<double, size> squared{};
  std::array<std::int32_t, size> old_label{};
  std::array<std::int32_t, size> new_label{};
  std::array<std::int32_t, size> moved{};
  Outcome outcome;
  std::int64_t tested = 0;
  std::int64_t proven = 0;

  /// The block's rows at `index`, side by side.
  kernel::Rows gather(kernel::Rows from, const std::int32_t* index, std::int64_t count, std::int64_t columns) {
    for (std::int64_t i = 0; i < count; ++i)
      std::copy_n(from.x + index[i] * from.stride, columns, gathered.data() + i * from.stride);
    return {gathered.data(), from.stride, count};
  }
};

Assignment::Assignment(const data::MatrixBlocks& matrix, const ColumnStatistics& statistics, data::Budget& budget,
                       Pruning pruning)
    : matrix_(&matrix), statistics_(&statistics), pruning_(pruning) {
  const auto rows = matrix.local_rows().size();
  labels_.assign(static_cast<std::size_t>(rows), -1);
  bounded_.assign(static_cast<std::size_t>(matrix.local().size()), 0);
  if (pruning == Pruning::never) return;
  if (auto reservation = budget.try_reserve(bounds_bytes(rows))) {
    bounds_reservation_ = std::move(*reservation);
    upper_.resize(static_cast<std::size_t>(rows));
    lower_.resize(static_cast<std::size_t>(rows));
    tracks_all_ = pruning == Pruning::always;
  }
}

bool Assignment::tracks(std::int64_t block) const noexcept {
  return !upper_.empty() && (tracks_all_ || (block - matrix_->local().first) % sampled_one_in == 0);
}

// Leaves in workspace.rows the rows of a bounded block whose label is not proven.
void Assignment::prove(std::int64_t block, kernel::Rows rows, const Moves& moves, const CentroidPanel& panel,
                       base::matrix_view<const float> centroids, Workspace& workspace) {
  const auto first = index(block * base::block_rows);
  // e(u) = slope * u + constant bounds a score's error for a row at most u from its centroid: |x| <= u + greatest |c|.
  const double error_at_0 = panel.score_error(panel.greatest_norm());
  const double error_slope = panel.error_slope();
  const auto stands = [&](float u, float l) {
    const double upper = static_cast<double>(u);
    const double lower = static_cast<double>(l);
    return l > 0 && lower * lower * (1 - 0x1p-45) - upper * upper > 2.001 * (error_at_0 + error_slope * upper);
  };
  std::int64_t doubtful = 0;
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const auto row = first + static_cast<std::size_t>(i);
    const auto own = static_cast<std::size_t>(labels_[row]);
    const float u = (upper_[row] + moves.own[own]) * up;
    const float l = (lower_[row] - moves.others[own]) * (lower_[row] > moves.others[own] ? down : up);
    upper_[row] = u;
    lower_[row] = l;
    workspace.doubtful[static_cast<std::size_t>(doubtful)] = static_cast<std::int32_t>(i);
    doubtful += stands(u, l) ? 0 : 1;
  }
  // The distance to the own centroid costs 1 / k of the kernel's work and often settles it.
  const auto columns = centroids.columns();
  const auto gathered = workspace.gather(rows, workspace.doubtful.data(), doubtful, columns);
  for (std::int64_t i = 0; i < doubtful; ++i)
    workspace.label[static_cast<std::size_t>(i)] =
        labels_[first + static_cast<std::size_t>(workspace.doubtful[static_cast<std::size_t>(i)])];
  kernel::active().own_distances(gathered, centroids.data(), columns, workspace.label.data(), workspace.squared.data());
  workspace.row_count = 0;
  for (std::int64_t i = 0; i < doubtful; ++i) {
    const auto at = workspace.doubtful[static_cast<std::size_t>(i)];
    const auto row = first + static_cast<std::size_t>(at);
    upper_[row] = rounded_up(std::sqrt(workspace.squared[static_cast<std::size_t>(i)]));
    workspace.rows[static_cast<std::size_t>(workspace.row_count)] = at;
    workspace.row_count += stands(upper_[row], lower_[row]) ? 0 : 1;
  }
  workspace.tested += rows.count;
  workspace.proven += rows.count - workspace.row_count;
}

// New bounds for the rows that the kernel has just labelled: |x - c|^2 of the second best is that of the best plus the difference
// of their scores, up to two errors of a score.
void Assignment::note_bounds(std::int64_t block, const CentroidPanel& panel, base::matrix_view<const float> centroids,
                             kernel::Rows rows, Workspace& workspace) {
  const auto first = index(block * base::block_rows);
  kernel::active().own_distances(rows, centroids.data(), centroids.columns(), workspace.label.data(), workspace.squared.data());
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto row = first + static_cast<std::size_t>(workspace.rows[at]);
    const double own = workspace.squared[at];
    const double distance = std::sqrt(own);
    const double gap = static_cast<double>(workspace.second[at]) - static_cast<double>(workspace.best[at]);
    const double others = own + gap - 2.001 * panel.score_error(distance + panel.greatest_norm());
    upper_[row] = rounded_up(distance);
    lower_[row] = others > 0 ? static_cast<float>(std::sqrt(others)) * down : 0.0F;
  }
}

void Assignment::assign_block(std::int64_t block, base::matrix_view<const float> values, const Moves& moves,
                              const CentroidPanel& panel, base::matrix_view<const float> centroids, ClusterSums& sums,
                              Workspace& workspace) {
  const auto view = statistics_->centred(values, workspace.centred);
  const auto count = base::rows_of_block(block, matrix_->rows()).size();
  const kernel::Rows rows{view.data(), view.stride(), count};
  auto& bounded = bounded_[static_cast<std::size_t>(block - matrix_->local().first)];
  const bool track = tracks(block);

  auto to_label = rows;
  if (bounded != 0 && moves.known()) {
    prove(block, rows, moves, panel, centroids, workspace);
    to_label = workspace.gather(rows, workspace.rows.data(), workspace.row_count, view.columns());
  } else {
    workspace.rows = workspace.every_row;
    workspace.row_count = count;
  }
  kernel::active().assign(to_label, panel.view(), workspace.label.data(), workspace.best.data(),
                          track ? workspace.second.data() : nullptr);
  if (track) note_bounds(block, panel, centroids, to_label, workspace);
  bounded = track ? 1 : 0;

  const auto first = index(block * base::block_rows);
  std::int64_t moved = 0;
  for (std::int64_t i = 0; i < to_label.count; ++i) {
    const auto at = workspace.rows[static_cast<std::size_t>(i)];
    auto& label = labels_[first + static_cast<std::size_t>(at)];
    const auto found = workspace.label[static_cast<std::size_t>(i)];
    workspace.old_label[static_cast<std::size_t>(at)] = label;
    workspace.new_label[static_cast<std::size_t>(at)] = found;
    workspace.moved[static_cast<std::size_t>(moved)] = at;
    moved += label != found ? 1 : 0;
    label = found;
  }
  sums.move(rows, workspace.moved.data(), moved, workspace.old_label.data(), workspace.new_label.data());
  workspace.outcome.moved += moved;
  workspace.outcome.computed += to_label.count;
}

Assignment::Outcome Assignment::assign(base::matrix_view<const float> centroids, std::span<const float> moves,
                                       ClusterSums& sums) {
  const CentroidPanel panel(centroids);
  const Moves moved(moves);
  const auto threads = static_cast<std::size_t>(parallel::thread_count());
  std::vector<Workspace> workspaces(threads, Workspace(*matrix_));
  std::vector<ClusterSums> changes(threads, sums);
  for (auto& change : changes) change.clear();

  parallel::for_each_block(*matrix_, [&](std::int64_t block, base::matrix_view<const float> values, int thread) {
    const auto t = static_cast<std::size_t>(thread);
    assign_block(block, values, moved, panel, centroids, changes[t], workspaces[t]);
  });

  Outcome outcome;
  std::int64_t tested = 0;
  std::int64_t proven = 0;
  for (std::size_t t = 0; t < threads; ++t) {
    sums.add(changes[t]);
    outcome.moved += workspaces[t].outcome.moved;
    outcome.computed += workspaces[t].outcome.computed;
    tested += workspaces[t].tested;
    proven += workspaces[t].proven;
  }
  if (pruning_ == Pruning::adaptive && !upper_.empty() && tested > 0) {
    const double share = static_cast<double>(proven) / static_cast<double>(tested);
    tracks_all_ = share >= (tracks_all_ ? worth_keeping : worth_beginning);
  }
  return outcome;
}

base::ExactSum Assignment::distances(base::matrix_view<const float> centroids,
                                     const std::function<void(std::int64_t row, double squared, int thread)>& work) const {
  const auto threads = static_cast<std::size_t>(parallel::thread_count());
  std::vector<Workspace> workspaces(threads, Workspace(*matrix_));
  std::vector<base::ExactSum> sums(threads);
  parallel::for_each_block(*matrix_, [&](std::int64_t block, base::matrix_view<const float> values, int thread) {
    auto& workspace = workspaces[static_cast<std::size_t>(thread)];
    const auto view = statistics_->centred(values, workspace.centred);
    const auto rows = base::rows_of_block(block, matrix_->rows());
    kernel::active().own_distances({view.data(), view.stride(), rows.size()}, centroids.data(), centroids.columns(),
                                   labels_.data() + index(rows.first), workspace.squared.data());
    for (auto row = rows.first; row < rows.last; ++row)
      work(row, workspace.squared[static_cast<std::size_t>(row - rows.first)], thread);
    sums[static_cast<std::size_t>(thread)].add(
        base::ordered_sum(std::span(workspace.squared).first(static_cast<std::size_t>(rows.size()))));
  });
  base::ExactSum total;
  for (const auto& sum : sums) total.add(sum);
  return total;
}

void Assignment::move_row(std::int64_t row, std::int32_t label, ClusterSums& sums) {
  const auto block = base::block_of_row(row);
  std::vector<float> values(static_cast<std::size_t>(matrix_->block_values()));
  matrix_->read({block, block + 1}, values.data());
  const base::matrix_view<const float> x(values.data() + (row - block * base::block_rows) * matrix_->stride(), 1,
                                         matrix_->columns(), matrix_->stride());
  std::vector<float> buffer;
  const auto view = statistics_->centred(x, buffer);
  const std::int32_t only = 0;
  sums.move({view.data(), view.stride(), 1}, &only, 1, &labels_[index(row)], &label);
  labels_[index(row)] = label;
  if (upper_.empty()) return;
  upper_[index(row)] = std::numeric_limits<float>::infinity();
  lower_[index(row)] = 0;
}

void Assignment::clear() {
  std::fill(labels_.begin(), labels_.end(), -1);
  std::fill(bounded_.begin(), bounded_.end(), std::uint8_t{0});
}

}  // namespace fullbase::clustering
