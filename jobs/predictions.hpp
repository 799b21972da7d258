// What a model tells of rows, as columns of a result: the class or the number, its score, and the features that moved it most.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "algorithms/learning/model_words.hpp"
#include "algorithms/learning/scorer.hpp"
#include "data/batch.hpp"
#include "jobs/class_column.hpp"

namespace fullbase::jobs {

/// predicted, score (but of a number), reason_1, ..., effect_1, ...: all may be missing.
std::vector<data::Field> prediction_fields(const learning::Told& told, int reasons);

/// Rows of which something is to be said.
struct PredictionCounts {
  std::int64_t not_scored = 0;
  std::vector<std::int64_t> unseen = {};  ///< by feature: values of a category that training did not meet
};

class Predictions {
 public:
  /// `threshold`: of two classes the second is predicted where its score is at least this. Scorer and reader are kept by
  /// reference.
  Predictions(const learning::Scorer& scorer, const learning::FeatureReader& reader, int reasons, double threshold);

  const ClassColumn& classes() const noexcept { return classes_; }
  /// Of prediction_fields().
  std::vector<data::DictionaryPointer> dictionaries() const;

  /// Outputs of the rows of a canonical block, Scorer::score()'s.
  using BlockOutputs = std::function<void(base::RowRange rows, std::span<const double> outputs)>;
  /// The columns of prediction_fields() for a batch that begins with the reader's columns. Blocks are scored in turn; the outputs
  /// of each go to `outputs`, if there is one. Adds to `counts`. Safe from several threads.
  ///
  /// A reason is a feature whose effect is not 0; greater magnitudes come first, of equal ones the feature that the model names
  /// first. Memory: 8 (2 reasons + 3) bytes a row; for a block about 8 (2 features + outputs) bytes a row, of which up to 1 MiB
  /// at a time where no outputs are asked for.
  std::vector<data::Column> columns(const data::Batch& batch, PredictionCounts& counts, const BlockOutputs& outputs = {}) const;

 private:
  struct Told;
  void score(const data::Batch& batch, base::RowRange rows, Told& told, PredictionCounts& counts,
             std::vector<double>& outputs) const;
  void tell(const double* outputs, Told& told) const;
  void explain(const double* effects, Told& told) const;

  const learning::Scorer& scorer_;
  const learning::FeatureReader& reader_;
  int reasons_;
  double threshold_;
  ClassColumn classes_;
  data::DictionaryPointer names_;         ///< of the features
  std::vector<std::int32_t> name_codes_;  ///< by feature
};

}  // namespace fullbase::jobs
