// A forest as a scorer, and as a stored model.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "algorithms/learning/scorer.hpp"
#include "algorithms/trees/binner.hpp"
#include "algorithms/trees/bins.hpp"
#include "algorithms/trees/flat_tree.hpp"
#include "algorithms/trees/forest.hpp"

namespace fullbase::trees {

inline constexpr std::string_view forest_kind = "forest";

/// What a stored forest consists of.
struct ForestModel {
  learning::ModelHead head;
  std::vector<FeatureBins> bins;  ///< one a feature
  Forest forest;
};

/// Scores are means over the trees, in their order, of what the rows' leaves say. Effects are the changes of a node's value at
/// the splits on a row's way, each for the feature that was split by (A. Saabas 2014), averaged over the trees: with what a row
/// would be told at the roots they sum to its score. Memory: the model, and 12 bytes a node.
class ForestScorer final : public learning::Scorer {
 public:
  explicit ForestScorer(ForestModel model);

  Output output() const noexcept override;
  void score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const override;

  /// The same of rows that are binned: feature f of row i has the bin bins[i * bin_stride + f].
  void score_bins(const std::uint8_t* bins, std::int64_t bin_stride, std::int64_t rows, double* out, double* effects) const;

  const ForestModel& model() const noexcept { return model_; }
  const Forest& forest() const noexcept { return model_.forest; }
  const std::vector<FlatTree>& flat_trees() const noexcept { return flat_; }

 private:
  void add_effects(const std::uint8_t* bins, std::int64_t bin_stride, std::int64_t rows, const double* out,
                   double* effects) const;

  ForestModel model_;
  std::vector<Binner> binners_;
  std::vector<FlatTree> flat_;
};

/// What a node says as the outputs of a scorer: the probabilities of all classes, or the value.
void add_outputs(const Forest& forest, const double* node_values, double* out) noexcept;

/// The table `model`.
data::Batch write_forest(const ForestModel& model);
/// Throws input errors for whatever does not fit together: a damaged model is never followed.
ForestModel read_forest(const learning::ModelReader& reader);
std::unique_ptr<learning::Scorer> load_forest(const learning::ModelReader& reader);

}  // namespace fullbase::trees
