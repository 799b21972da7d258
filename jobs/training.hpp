// What jobs that train a model have in common: the label, the columns to learn from, weights of classes.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "algorithms/learning/target.hpp"
#include "config/containers.hpp"
#include "config/description.hpp"
#include "jobs/cross_validation.hpp"
#include "runtime/job_kind.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// `class_weights: balanced`, or a weight by class.
struct ClassWeights {
  bool balanced = false;
  std::vector<std::pair<std::string, double>> by_class = {};

  bool given() const noexcept { return balanced || !by_class.empty(); }
};

/// The options themselves: a job's struct inherits them.
struct TrainingOptions {
  std::string label;
  std::optional<std::string> positive = {};
  std::vector<std::string> features = {};
  std::vector<std::string> exclude = {};
  ClassWeights class_weights = {};
  std::optional<CrossValidation> cross_validation = {};
};

config::Form<ClassWeights> class_weights_form();

/// Adds the options to the description of a job's struct.
template <std::derived_from<TrainingOptions> Job>
config::Description<Job>& describe_training(config::Description<Job>& description) {
  const auto own = []<class M>(M TrainingOptions::*member) { return static_cast<M Job::*>(member); };
  return description
      .required("label", own(&TrainingOptions::label), "Column with what is to be told. Rows without it are an error.",
                config::non_empty())
      .option("positive", own(&TrainingOptions::positive), "Of two classes, the one that scores speak of.", config::non_empty(),
              config::default_means("the second in order: true of a boolean, the greater number, the later text"))
      .option("features", own(&TrainingOptions::features), "Columns to learn from: numbers, booleans and categories.",
              config::distinct(),
              config::default_means("every such column but the input's key, the label and what `exclude` names"))
      .option("exclude", own(&TrainingOptions::exclude), "Columns to leave out where `features` names none.", config::distinct())
      .option(
          "class_weights", own(&TrainingOptions::class_weights),
          "How much a row of a class counts: `balanced` (rows / (classes * rows of the class)), or a number by class; classes "
          "that are not named count 1.",
          class_weights_form(), config::default_means("every row counts 1"))
      .option("cross_validation", own(&TrainingOptions::cross_validation),
              "Trains once more for each of k parts of the rows, without that part, and measures the model on it.",
              config::default_means("none"));
}

/// The inputs of such a job: `table`, and optionally `features`, as select_features writes it.
std::vector<runtime::InputSlot> training_inputs();

enum class LabelUse {
  classes,  ///< a label of any type but a float, a decimal or a time; `regression` where the job has that
  number,   ///< a number
  by_type,  ///< floats and decimals are numbers, everything else classes
};

/// What is known of a training before any data is read.
struct Training {
  std::vector<std::string> features;  ///< columns of the input, in the options' order or the table's
  data::Type label_type = data::Type::boolean;
  bool regression = false;
};

/// Rows of the tables that a training writes, none of which is as long as what it reads, but a model of at most `words` words.
void forecast_model(runtime::Forecast& forecast, const Training& training, double words);

/// Reports at the options: columns that are not there, the label among the features, types that no model reads, options that are
/// of no use to a regression, nothing left to learn from. What was right is in the result.
Training check_training(runtime::CheckContext& context, const TrainingOptions& options, LabelUse use);

/// Outlines of the tables `model`, where there are classes `classes` (class, rows, share, weight), and where it is asked for
/// `cross_validation`.
std::vector<runtime::TableOutline> training_outlines(const TrainingOptions& options, const Training& training);

/// The rows' labels, the columns to learn from, what the rows count.
struct TrainingRows {
  learning::Target target;
  std::vector<learning::Feature> features;
  std::vector<double> class_weights;  ///< one a class; empty for a regression
};

/// Collective; the same on every rank but for the target's local rows. Reads the label and the category columns once, and the
/// float columns once, for their infinite values.
///
/// Throws input errors: those of read_target, classes among the weights that are none, weights that leave nothing, features of
/// which `features` selects none, values that are infinite or beyond `most` (with column and row).
TrainingRows read_training(runtime::StepContext& context, const TrainingOptions& options, const Training& training,
                           double most = std::numeric_limits<double>::max());

/// The rows of a table, base::Partition(source.rows(), size()), and their labels. By reference.
struct LabelledSource {
  const data::BlockSource& source;
  const learning::Target& target;
};

/// Weights of the classes of a target, `rows_of_class` of each; 1 where none are given. Errors as above, known to all.
std::vector<double> class_weights(const ClassWeights& weights, const learning::Target& target, std::string_view where);

/// The table `classes`.
data::Batch classes_table(const learning::Target& target, std::span<const double> weights);

}  // namespace fullbase::jobs
