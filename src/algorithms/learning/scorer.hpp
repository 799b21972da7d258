// A trained model that scores rows: what all kinds of them have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "algorithms/learning/model_words.hpp"
#include "algorithms/learning/target.hpp"

namespace fullbase::learning {

/// What a model says about itself, whatever its kind.
struct ModelHead {
  std::vector<Feature> features;
  Task task = Task::binary;
  std::string label;  ///< the column that it was trained to tell
  data::Type label_type = data::Type::boolean;
  std::vector<std::string> classes = {};  ///< as Target::classes

  /// Values that a row is scored with: one a class; a regression's one.
  int outputs() const noexcept { return task == Task::regression ? 1 : static_cast<int>(classes.size()); }
};
ModelHead head_of(std::vector<Feature> features, const Target& target);
void write_head(ModelWriter& writer, const ModelHead& head);
ModelHead read_head(const ModelReader& reader);

class Scorer {
 public:
  virtual ~Scorer() = default;
  Scorer(const Scorer&) = delete;
  Scorer& operator=(const Scorer&) = delete;

  const ModelHead& head() const noexcept { return head_; }

  /// What outputs are: probabilities of the classes, a regression's value, scores that order rows and are no probabilities (an
  /// SVM without Platt scaling), or distances to the classes, of which the least tells the class (clusters).
  enum class Output : std::uint8_t { probability, value, decision, distance };
  /// Which class a row is told to be: of two classes the second where its output is at least 0.5 (a decision value: 0), so that at
  /// exactly that the second is told, as `threshold` of job: predict says; of more the one of the greatest output (distance:
  /// least), ties to the lowest. Measures out of fold and out of bag tell by the same rule (metrics::told_classes).
  virtual Output output() const noexcept = 0;

  /// Scores `rows` rows, at most base::block_rows: feature f of row i at values[f * stride + i], as FeatureReader reads it.
  /// Output k of row i goes to out[i * outputs + k]. Where `effects` is not null, how far feature f moved the explained output of
  /// row i from where it stands for an average training row goes to effects[i * features + f]; what is explained is the second
  /// class of two, the class of the greatest output (ties to the lowest), the value, or how much nearer the nearest class is than
  /// the next. A row that the model cannot score, such as one with a missing value that it does not fill, has NaN for its outputs
  /// and effects. Deterministic to the bit; safe from several threads.
  virtual void score(const double* values, std::int64_t stride, std::int64_t rows, double* out, double* effects) const = 0;

 protected:
  explicit Scorer(ModelHead head) : head_(std::move(head)) {}

 private:
  ModelHead head_;
};

/// The class of the greatest output, ties to the lowest class.
int greatest_output(const double* outputs, int count) noexcept;
/// The class of the least output, ties to the lowest class.
int least_output(const double* outputs, int count) noexcept;

}  // namespace fullbase::learning
