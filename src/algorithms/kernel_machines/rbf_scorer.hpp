// A kernel machine as a scorer, and as a stored model.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "algorithms/kernel_machines/expansion.hpp"
#include "algorithms/learning/scorer.hpp"
#include "algorithms/linear/design.hpp"

namespace fullbase::kernel_machines {

inline constexpr std::string_view rbf_kind = "svm_rbf";

/// What a stored machine consists of.
struct RbfModel {
  learning::ModelHead head;
  linear::Encoding encoding;
  KernelExpansion expansion;
  linear::Missing missing = linear::Missing::error;  ///< with error, a row with a missing value is not scored
};

/// Outputs are class_scores(), missing for a row with an infinite value. The effect of a feature is by how much the decision for
/// the explained class (of more than two: the mean of its machines' decisions) is above what it would be if this feature alone
/// were an average training row's: a number its mean, a category the training rows' shares. It is a change of the decision, also
/// where outputs are probabilities. Cost: a kernel value a point and row; with effects, an exponential a feature more.
class RbfScorer final : public learning::Scorer {
 public:
  explicit RbfScorer(RbfModel model);

  Output output() const noexcept override { return Output::decision; }
  void score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const override;

  const KernelExpansion& expansion() const noexcept { return expansion_; }

 private:
  /// Columns of a block as encode_dense() leaves them.
  void add_effects(const double* columns, std::int64_t rows, const double* out, double* effects) const;

  linear::Encoding encoding_;
  KernelExpansion expansion_;
  linear::Missing missing_;
  std::vector<std::pair<std::int64_t, std::int64_t>> columns_of_;  ///< by feature
  std::vector<double> mean_;                                       ///< of each column
};

/// The table `model`.
data::Batch write_rbf(const RbfModel& model);
/// Throws input errors for whatever does not fit together.
RbfModel read_rbf(const learning::ModelReader& reader);
std::unique_ptr<learning::Scorer> load_rbf(const learning::ModelReader& reader);

}  // namespace fullbase::kernel_machines
