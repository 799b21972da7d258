// Logistic regression and the linear SVM as scorers and as stored models.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "algorithms/learning/scorer.hpp"
#include "algorithms/linear/design.hpp"
#include "algorithms/linear/encoding.hpp"
#include "algorithms/linear/fit.hpp"

namespace fullbase::linear {

inline constexpr std::string_view logistic_kind = "logistic";
inline constexpr std::string_view linear_svm_kind = "linear_svm";

/// What a stored linear model consists of.
struct LinearModel {
  learning::ModelHead head;
  Encoding encoding;
  int outputs = 1;                   ///< as LinearFit::outputs
  std::vector<double> coefficients;  ///< as LinearFit::coefficients
  Missing missing = Missing::error;  ///< with error, a row with a missing value is not scored
  bool probabilities = true;         ///< logistic regression; otherwise outputs are scores
};
LinearModel linear_model(learning::ModelHead head, const Design& design, const LinearFit& fit, Missing missing,
                         bool probabilities);

/// Scores are those of the fit, to the bit. Outputs: probabilities of the classes (logistic function; softmax), or the scores
/// themselves; of two classes the first's is the second's less its sign. An effect is what a feature adds to the explained
/// class's score (in log-odds, before softmax) less what it adds on average: coefficient * (value - mean); of a categorical
/// feature, the coefficient of the row's category, 0 for one that training did not meet, less the mean over the training rows.
/// Memory: the model.
class LinearScorer final : public learning::Scorer {
 public:
  explicit LinearScorer(LinearModel model);

  Output output() const noexcept override { return model_.probabilities ? Output::probability : Output::decision; }
  void score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const override;

 private:
  struct Rows;
  void score_encoded(Rows& encoded) const;
  void add_outputs(const Rows& encoded, double* out) const;
  void add_effects(const Rows& encoded, const double* out, double* effects) const;

  LinearModel model_;
  std::vector<double> mean_effects_;  ///< outputs x categorical features: what one adds on average
};

/// The table `model`.
data::Batch write_linear(const LinearModel& model);
/// Throws input errors for whatever does not fit together.
LinearModel read_linear(const learning::ModelReader& reader);
std::unique_ptr<learning::Scorer> load_linear(const learning::ModelReader& reader);

}  // namespace fullbase::linear
