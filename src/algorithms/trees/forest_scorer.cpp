#include "algorithms/trees/forest_scorer.hpp"

#include <algorithm>
#include <utility>

#include "base/block.hpp"
#include "base/contract.hpp"

namespace fullbase::trees {

ForestScorer::ForestScorer(ForestModel model) : Scorer(model.head), model_(std::move(model)) {
  FULLBASE_EXPECTS(model_.bins.size() == head().features.size(), "every feature has its bins");
  FULLBASE_EXPECTS(!forest().trees.empty(), "a forest has a tree");
  for (const auto& bins : model_.bins) binners_.emplace_back(bins);
  for (const auto& tree : forest().trees) flat_.emplace_back(tree);
}

learning::Scorer::Output ForestScorer::output() const noexcept {
  return head().task == learning::Task::regression ? Output::value : Output::probability;
}

void add_outputs(const Forest& forest, const double* node_values, double* out) noexcept {
  if (forest.classes == 2) {
    out[0] += 1 - node_values[0];
    out[1] += node_values[0];
    return;
  }
  for (int k = 0; k < forest.width(); ++k) out[k] += node_values[k];
}

void ForestScorer::score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const {
  const auto features = std::ssize(model_.bins);
  std::vector<std::uint8_t> bins(static_cast<std::size_t>(rows * features));
  for (std::int64_t f = 0; f < features; ++f)
    binners_[static_cast<std::size_t>(f)].bin({values + f * stride, static_cast<std::size_t>(rows)}, bins.data() + f, features);
  score_bins(bins.data(), features, rows, out, effects);
}

void ForestScorer::score_bins(const std::uint8_t* bins, std::int64_t bin_stride, std::int64_t rows, double* out,
                              double* effects) const {
  const int outputs = head().outputs();
  const auto width = static_cast<std::size_t>(forest().width());
  std::vector<std::int32_t> leaves(static_cast<std::size_t>(rows));
  std::fill_n(out, rows * outputs, 0.0);
  for (std::size_t t = 0; t < flat_.size(); ++t) {
    flat_[t].leaves(bins, bin_stride, rows, leaves.data());
    const double* const of_nodes = forest().trees[t].values.data();
    for (std::size_t i = 0; i < leaves.size(); ++i)
      add_outputs(forest(), of_nodes + static_cast<std::size_t>(leaves[i]) * width, out + static_cast<std::int64_t>(i) * outputs);
  }
  const auto trees = static_cast<double>(flat_.size());
  for (std::int64_t i = 0; i < rows * outputs; ++i) out[i] /= trees;
  if (effects != nullptr) add_effects(bins, bin_stride, rows, out, effects);
}

void ForestScorer::add_effects(const std::uint8_t* bins, std::int64_t bin_stride, std::int64_t rows, const double* out,
                               double* effects) const {
  const auto features = std::ssize(model_.bins);
  const int outputs = head().outputs();
  const auto width = static_cast<std::size_t>(forest().width());
  // Of many classes the row's own is explained; of two the second, which is all that nodes hold.
  std::vector<std::size_t> explained(static_cast<std::size_t>(rows), 0);
  if (width > 1) {
    for (std::int64_t i = 0; i < rows; ++i)
      explained[static_cast<std::size_t>(i)] = static_cast<std::size_t>(learning::greatest_output(out + i * outputs, outputs));
  }
  std::fill_n(effects, rows * features, 0.0);
  std::vector<std::int32_t> leaves(static_cast<std::size_t>(rows));
  for (std::size_t t = 0; t < flat_.size(); ++t) {
    const auto& tree = flat_[t];
    const double* const values = forest().trees[t].values.data();
    tree.descend(bins, bin_stride, rows, leaves.data(), [&](std::int64_t row, std::int32_t from, std::int32_t to) {
      const auto k = explained[static_cast<std::size_t>(row)];
      effects[row * features + tree.feature(from)] +=
          values[static_cast<std::size_t>(to) * width + k] - values[static_cast<std::size_t>(from) * width + k];
    });
  }
  const auto trees = static_cast<double>(flat_.size());
  for (std::int64_t i = 0; i < rows * features; ++i) effects[i] /= trees;
}

}  // namespace fullbase::trees
