#include "algorithms/trees/out_of_bag.hpp"

#include <algorithm>

#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::trees {
namespace {

/// One block's rows by one tree after the other.
class BlockScoring {
 public:
  BlockScoring(const ForestScorer& scorer, const UnseenTrees* unseen, RowScores& into)
      : scorer_(scorer), unseen_(unseen), into_(into), outputs_(scorer.head().outputs()) {}

  /// `first` counts from the rank's first row.
  void score(const std::uint8_t* bins, std::int64_t stride, std::int64_t first, std::int64_t rows) const {
    const auto& forest = scorer_.forest();
    const auto width = static_cast<std::size_t>(forest.width());
    std::vector<std::int32_t> leaves(static_cast<std::size_t>(rows));
    std::vector<std::int64_t> trees(leaves.size(), 0);
    for (std::size_t t = 0; t < forest.trees.size(); ++t) {
      scorer_.flat_trees()[t].leaves(bins, stride, rows, leaves.data());
      for (std::size_t i = 0; i < leaves.size(); ++i) {
        const auto row = first + static_cast<std::int64_t>(i);
        if (unseen_ != nullptr && !unseen_->contains(row, t)) continue;
        ++trees[i];
        add_outputs(forest, forest.trees[t].values.data() + static_cast<std::size_t>(leaves[i]) * width, out(row));
      }
    }
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const auto row = first + static_cast<std::int64_t>(i);
      into_.is_scored[static_cast<std::size_t>(row)] = trees[i] > 0 ? 1 : 0;
      for (int k = 0; k < outputs_ && trees[i] > 0; ++k) out(row)[k] /= static_cast<double>(trees[i]);
    }
  }

 private:
  double* out(std::int64_t row) const { return into_.outputs.data() + row * outputs_; }

  const ForestScorer& scorer_;
  const UnseenTrees* unseen_;
  RowScores& into_;
  int outputs_;
};

}  // namespace

UnseenTrees::UnseenTrees(comm::Communicator& communicator, const Bootstrap& bootstrap, int trees, base::RowRange rows,
                         data::Budget& budget)
    : words_a_row_((static_cast<std::size_t>(trees) + 63) / 64) {
  comm::collective_try(communicator, "out of bag", [&] {
    const auto words = static_cast<std::size_t>(rows.size()) * words_a_row_;
    reservation_ = budget.require(static_cast<std::int64_t>(words * sizeof(std::uint64_t)), "which tree has seen which row");
    words_.resize(words, 0);
    constexpr std::int64_t rows_at_once = base::block_rows;
    parallel::for_each(0, (rows.size() + rows_at_once - 1) / rows_at_once, [&](std::int64_t piece, int) {
      const auto first = piece * rows_at_once;
      std::vector<std::uint8_t> counts(static_cast<std::size_t>(std::min(rows_at_once, rows.size() - first)));
      for (int t = 0; t < trees; ++t) {
        bootstrap.counts(t, rows.first + first, counts);
        for (std::size_t i = 0; i < counts.size(); ++i) {
          auto& word = words_[(static_cast<std::size_t>(first) + i) * words_a_row_ + static_cast<std::size_t>(t) / 64];
          word |= std::uint64_t{counts[i] == 0} << (t % 64);
        }
      }
    });
  });
}

std::int64_t row_scores_bytes(std::int64_t rows, int outputs) noexcept {
  return rows * (static_cast<std::int64_t>(sizeof(double)) * outputs + 1);
}

void score_rows(const ForestScorer& scorer, const data::ByteBlocks& matrix, const UnseenTrees* unseen,
                const ReplacedColumn& replaced, RowScores& into) {
  const auto local = matrix.local_rows();
  into.outputs.assign(static_cast<std::size_t>(local.size() * scorer.head().outputs()), 0.0);
  into.is_scored.assign(static_cast<std::size_t>(local.size()), 0);
  const BlockScoring scoring(scorer, unseen, into);
  parallel::for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int) {
    const auto rows = base::rows_of_block(block, matrix.rows());
    const auto first = rows.first - local.first;
    if (replaced.column < 0) {
      scoring.score(values.data(), values.stride(), first, rows.size());
      return;
    }
    std::vector<std::uint8_t> changed(values.data(), values.data() + rows.size() * values.stride());
    for (std::int64_t i = 0; i < rows.size(); ++i)
      changed[static_cast<std::size_t>(i * values.stride() + replaced.column)] =
          replaced.bins[static_cast<std::size_t>(first + i)];
    scoring.score(changed.data(), values.stride(), first, rows.size());
  });
}

}  // namespace fullbase::trees
