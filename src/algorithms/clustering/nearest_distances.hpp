// Each local row's squared distance to the nearest of the centroids chosen so far, and exact draws in proportion to it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "algorithms/clustering/column_statistics.hpp"
#include "base/int128.hpp"
#include "base/matrix_view.hpp"
#include "comm/communicator.hpp"
#include "comm/draw.hpp"
#include "data/matrix_blocks.hpp"
#include "random/generator.hpp"

namespace fullbase::clustering {

/// A row of the matrix, less the columns' centre.
struct DrawnRow {
  std::int64_t row = 0;
  std::vector<float> values;
};

/// Distances are float32, 0 only for a row equal to a chosen centroid. A row's weight is its squared distance on a power-of-two
/// scale on which the greatest has 52 bits, rounded to an integer, so that totals are exact. Memory: 4 bytes a local row and 8 a
/// local block, which the caller has reserved (fit_bytes()). The members that give rows give the same ones on every rank.
class NearestDistances {
 public:
  /// Collective: 8 bytes.
  NearestDistances(comm::Communicator& communicator, const data::MatrixBlocks& matrix, const ColumnStatistics& statistics);

  /// Takes notice of more centroids (at least one), the same on every rank. Collective: one pass and 32 bytes.
  void add(base::matrix_view<const float> centroids);

  /// The greatest squared distance over all ranks; infinity before the first add().
  float greatest() const noexcept { return greatest_; }
  /// The sum of all weights.
  base::uint128 total() const noexcept { return shares_ ? shares_->total() : 0; }

  /// Rows whose shares of [0, total()) contain the targets, in their order. Collective: 8 bytes, and 8 + 4 d for each target from
  /// the rank that has its row.
  std::vector<DrawnRow> find(const std::vector<base::uint128>& targets) const;
  /// Rows that an independent draw each chooses with probability min(1, expected * weight / total()), by row. Collective: as
  /// find().
  std::vector<DrawnRow> sample(const random::Generator& generator, std::int64_t expected, std::int64_t draw,
                               std::int64_t round) const;
  /// The rows with these global numbers, in their order. Collective: as find().
  std::vector<DrawnRow> rows(const std::vector<std::int64_t>& wanted) const;

  /// For each candidate (at most 16) the sum of all weights if it were added too. Collective: one pass, 8 bytes
  /// and 16 a candidate.
  std::vector<base::uint128> potentials(base::matrix_view<const float> candidates) const;
  /// How many rows of all ranks are nearest to each candidate. Collective: one pass, 8 bytes and 8 a candidate.
  std::vector<std::int64_t> populations(base::matrix_view<const float> candidates) const;

 private:
  std::uint64_t weight(float squared) const noexcept;
  std::int64_t find_local(base::uint128 target) const;
  comm::Gathered<DrawnRow> gather(const std::vector<std::int64_t>& local_rows) const;
  static std::vector<DrawnRow> in_order(const comm::Gathered<DrawnRow>& gathered, const std::vector<int>& owners);

  comm::Communicator& communicator_;
  const data::MatrixBlocks& matrix_;
  const ColumnStatistics& statistics_;
  std::vector<float> squared_;                ///< of the local rows
  std::vector<std::uint64_t> block_weights_;  ///< of the local blocks; 1024 weights are below 2^63
  std::optional<comm::WeightShares> shares_;  ///< of the ranks
  float greatest_;
  double scale_ = 1;
};

}  // namespace fullbase::clustering
