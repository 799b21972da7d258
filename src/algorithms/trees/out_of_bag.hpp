// Rows scored by the trees that have not seen them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/trees/forest_scorer.hpp"
#include "algorithms/trees/grow.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::trees {

/// Which trees did not draw which of this rank's rows. Memory: 8 bytes a row for each 64 trees, from the budget.
class UnseenTrees {
 public:
  /// Collective (one agreement, on the memory). `rows` are this rank's.
  UnseenTrees(comm::Communicator& communicator, const Bootstrap& bootstrap, int trees, base::RowRange rows, data::Budget& budget);

  /// `row` counts from the rank's first.
  bool contains(std::int64_t row, std::size_t tree) const noexcept {
    return ((words_[static_cast<std::size_t>(row) * words_a_row_ + tree / 64] >> (tree % 64)) & 1) != 0;
  }

 private:
  std::size_t words_a_row_ = 0;
  std::vector<std::uint64_t> words_;
  data::Reservation reservation_;
};

/// Outputs of this rank's rows.
struct RowScores {
  std::vector<double> outputs;          ///< Scorer's, row by row; 0 where no tree tells the row
  std::vector<std::uint8_t> is_scored;  ///< 0: no tree tells the row
};

/// A column of the matrix that is taken from elsewhere: a bin for each local row.
struct ReplacedColumn {
  int column = -1;  ///< -1: none
  std::span<const std::uint8_t> bins = {};
};

/// Bytes of the scores of so many rows.
std::int64_t row_scores_bytes(std::int64_t rows, int outputs) noexcept;

/// Scores this rank's rows by the trees of `unseen`, or by all where it is null: means over those trees in their order. `into` is
/// made as long as it has to be. Not collective. Reads the matrix once.
void score_rows(const ForestScorer& scorer, const data::ByteBlocks& matrix, const UnseenTrees* unseen,
                const ReplacedColumn& replaced, RowScores& into);

}  // namespace fullbase::trees
