#include "algorithms/trees/importances.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/trees/row_permutation.hpp"
#include "comm/agreement.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::trees {
namespace {

std::vector<std::uint8_t> column_of(const data::ByteBlocks& matrix, int column) {
  const auto local = matrix.local_rows();
  std::vector<std::uint8_t> bins(static_cast<std::size_t>(local.size()));
  parallel::for_each_block(matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int) {
    const auto rows = base::rows_of_block(block, matrix.rows());
    for (std::int64_t i = 0; i < rows.size(); ++i)
      bins[static_cast<std::size_t>(rows.first - local.first + i)] = values(i, column);
  });
  return bins;
}

std::vector<int> split_features(const Forest& forest, std::size_t features) {
  std::vector<bool> splits(features, false);
  for (const auto& tree : forest.trees) {
    for (const auto& node : tree.nodes) {
      if (!node.is_leaf()) splits[static_cast<std::size_t>(node.feature)] = true;
    }
  }
  std::vector<int> used;
  for (std::size_t f = 0; f < features; ++f) {
    if (splits[f]) used.push_back(static_cast<int>(f));
  }
  return used;
}

PermutationImportance summary(const std::vector<double>& drops) {
  PermutationImportance importance;
  const auto n = static_cast<double>(drops.size());
  for (const double drop : drops) importance.mean += drop;
  importance.mean /= n;
  if (drops.size() < 2) return importance;
  double squares = 0;
  for (const double drop : drops) squares += (drop - importance.mean) * (drop - importance.mean);
  importance.deviation = std::sqrt(squares / (n - 1));
  return importance;
}

}  // namespace

std::vector<double> gain_importances(const Forest& forest, int features) {
  std::vector<double> gains(static_cast<std::size_t>(features), 0.0);
  double all = 0;
  for (const auto& tree : forest.trees) {
    for (const auto& node : tree.nodes) {
      if (node.is_leaf()) continue;
      gains[static_cast<std::size_t>(node.feature)] += node.gain;
      all += node.gain;
    }
  }
  for (auto& gain : gains) gain = all > 0 ? gain / all : 0;
  return gains;
}

std::vector<PermutationImportance> permutation_importances(comm::Communicator& communicator, const ForestScorer& scorer,
                                                           const data::ByteBlocks& matrix, const UnseenTrees* unseen,
                                                           const Quality& quality, int repeats, random::Key key,
                                                           data::Budget& budget, const PermutationObserver& observer,
                                                           std::vector<double> drops) {
  const comm::StageScope scope(communicator.statistics(), "permutation importance");
  const auto features = scorer.model().bins.size();
  const auto used = split_features(scorer.forest(), features);
  const auto local = matrix.local_rows().size();
  RowScores scores;
  const auto reservation = comm::collective_try(communicator, "scores of rows", [&] {
    auto reserved = budget.require(row_scores_bytes(local, scorer.head().outputs()) + 2 * local, "scores of permuted rows");
    score_rows(scorer, matrix, unseen, {}, scores);
    return reserved;
  });
  const double before = quality(scores);
  const auto total = std::int64_t{repeats} * std::ssize(used);
  while (std::ssize(drops) < total) {
    const auto repeat = static_cast<int>(drops.size() / used.size());
    const PermutedBytes permuted(communicator, RowPermutation(key, repeat, matrix.rows()), matrix.rows(), budget);
    do {
      const int f = used[drops.size() % used.size()];
      const auto bins = permuted.permuted(comm::collective_try(communicator, "column", [&] { return column_of(matrix, f); }));
      comm::collective_try(communicator, "scores of rows", [&] { score_rows(scorer, matrix, unseen, {f, bins}, scores); });
      drops.push_back(before - quality(scores));
      observer(drops, total);
    } while (drops.size() % used.size() != 0);
  }
  std::vector<PermutationImportance> importances(features);
  for (std::size_t u = 0; u < used.size(); ++u) {
    std::vector<double> of_feature;
    for (auto at = u; at < drops.size(); at += used.size()) of_feature.push_back(drops[at]);
    importances[static_cast<std::size_t>(used[u])] = summary(of_feature);
  }
  return importances;
}

}  // namespace fullbase::trees
