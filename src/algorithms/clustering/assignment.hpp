// The assignment step of k-means: every row to its nearest centroid, most of them without looking at all centroids.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/clustering/cluster_sums.hpp"
#include "algorithms/clustering/column_statistics.hpp"
#include "algorithms/clustering/panel.hpp"
#include "base/matrix_view.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::clustering {

/// How often assignment looks at bounds before it computes distances. A result never depends on it.
enum class Pruning {
  adaptive,  ///< bounds on a sample of the blocks; on all while they spare enough
  always,
  never,
};

/// The labels of one rank's rows, and what is known of their distances.
///
/// label = argmin over centroids of the score that kernel::Table::assign computes in float32, ties to the lowest number. Rows
/// whose label is proven skip the kernel (G. Hamerly 2010): with u >= |x - c_label| and l <= |x - c| for all other c, the label
/// stands if l^2 - u^2 > 2 e, where e bounds the rounding error of a score (CentroidPanel::score_error). u and l are float32,
/// moved by the centroids' moves and rounded outwards, so that pruned and full assignment give the same labels.
///
/// Memory: labels and buffers, which the caller has reserved (fit_bytes()), and 8 bytes a local row for bounds if the budget has
/// them; without, every distance is computed.
class Assignment {
 public:
  Assignment(const data::MatrixBlocks& matrix, const ColumnStatistics& statistics, data::Budget& budget,
             Pruning pruning = Pruning::adaptive);

  struct Outcome {
    std::int64_t moved = 0;     ///< rows with another label than before
    std::int64_t computed = 0;  ///< rows for which the kernel ran
  };
  /// Labels all local rows by `centroids` (k x d, without centre) and adds to `sums` what changed since the last call. `moves`
  /// are upper bounds of how far each centroid moved since then; empty if that is not known, as in the first call. Not
  /// collective.
  Outcome assign(base::matrix_view<const float> centroids, std::span<const float> moves, ClusterSums& sums);

  /// Squared distances of all local rows to the centroids of their labels, to work(row, squared): row is global, each once, from
  /// any thread. Returns the exact sum over the local rows of block sums. Not collective.
  base::ExactSum distances(base::matrix_view<const float> centroids,
                           const std::function<void(std::int64_t row, double squared, int thread)>& work) const;

  /// Takes one row from its cluster in `sums` and gives it to another. Reads its block if that is spilled.
  void move_row(std::int64_t row, std::int32_t label, ClusterSums& sums);
  /// Forgets all labels, for another start.
  void clear();

  std::span<const std::int32_t> labels() const noexcept { return labels_; }
  std::vector<std::int32_t> take_labels() { return std::move(labels_); }
  std::int32_t label(std::int64_t row) const { return labels_[index(row)]; }

 private:
  struct Moves;
  struct Workspace;

  std::size_t index(std::int64_t row) const noexcept { return static_cast<std::size_t>(row - matrix_->local_rows().first); }
  bool tracks(std::int64_t block) const noexcept;
  void prove(std::int64_t block, kernel::Rows rows, const Moves& moves, const CentroidPanel& panel,
             base::matrix_view<const float> centroids, Workspace& workspace);
  void note_bounds(std::int64_t block, const CentroidPanel& panel, base::matrix_view<const float> centroids, kernel::Rows rows,
                   Workspace& workspace);
  void assign_block(std::int64_t block, base::matrix_view<const float> values, const Moves& moves, const CentroidPanel& panel,
                    base::matrix_view<const float> centroids, ClusterSums& sums, Workspace& workspace);

  const data::MatrixBlocks* matrix_;
  const ColumnStatistics* statistics_;
  Pruning pruning_;
  data::Reservation bounds_reservation_;
  std::vector<std::int32_t> labels_;
  std::vector<float> upper_;
  std::vector<float> lower_;
  std::vector<std::uint8_t> bounded_;  ///< a local block: its bounds hold for the centroids of the last call
  bool tracks_all_ = false;
};

}  // namespace fullbase::clustering
