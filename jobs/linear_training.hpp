// What jobs that fit linear models have in common: how columns are taken, when a fit ends, what it says of itself.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "algorithms/linear/design.hpp"
#include "algorithms/linear/fit.hpp"
#include "config/description.hpp"
#include "jobs/step_part.hpp"
#include "jobs/training.hpp"
#include "runtime/step.hpp"

namespace fullbase::linear {

// Found by config through the enum's namespace.
inline std::array<std::tuple<Missing, const char*, const char*>, 2> enum_names(Missing) {
  return {
      {{Missing::error, "error", "A missing value is an error; in a predict step, such a row is not scored."},
       {Missing::mean, "mean", "A missing number counts as the column's mean, a missing category as none of the categories."}}};
}

}  // namespace fullbase::linear

namespace fullbase::jobs {

/// The options themselves: a job's struct inherits them beside TrainingOptions.
struct LinearOptions {
  double c = 1;
  bool standardize = true;
  linear::Missing missing = linear::Missing::error;
  double tolerance = 1e-10;
  std::int64_t max_iterations = 100;
};

/// Adds the options to the description of a job's struct.
template <std::derived_from<LinearOptions> Job>
config::Description<Job>& describe_linear(config::Description<Job>& description) {
  const auto own = []<class M>(M LinearOptions::*member) { return static_cast<M Job::*>(member); };
  return description
      .option("C", own(&LinearOptions::c), "How much the rows' losses count beside the penalty, as in scikit-learn.",
              config::more_than(0.0))
      .option("standardize", own(&LinearOptions::standardize),
              "Whether numbers are divided by their standard deviation first, so that the penalty takes all alike. The table of\n"
              "coefficients is in the columns' own units in any case.")
      .option("missing", own(&LinearOptions::missing), "What a missing value is.")
      .option(
          "tolerance", own(&LinearOptions::tolerance),
          "A fit ends when the norm of the gradient, each term over the root of the Hessian's, is this of what it was at first.",
          config::at_least(0.0))
      .option("max_iterations", own(&LinearOptions::max_iterations), "Iterations after which a fit ends in any case.",
              config::between(1, 1'000'000));
}

/// What is known of the columns before any data is read.
struct LinearSizes {
  std::int64_t numbers = 0;
  std::int64_t categoricals = 0;
};
LinearSizes linear_sizes(const runtime::CheckContext& context, const Training& training);

/// Least: the rows streamed. Best: all of them in memory. Labels and what a fit with one output and no category takes included.
runtime::Step::Memory linear_memory(const LinearSizes& sizes, std::int64_t rows, int ranks);

/// A fit, and as many more as there are folds, of some 10 iterations with the exact Hessian each. Categories count as one column
/// a feature, since their number is not known.
runtime::Forecast forecast_linear(const std::vector<runtime::InputSize>& inputs, const Training& training,
                                  const std::optional<CrossValidation>& folds, int ranks);

/// Throws an input error, known to all, where every feature has the same value in all of the step's rows.
void require_varying(const runtime::StepContext& context, const linear::Encoding& encoding);

linear::DesignOptions design_options(const LinearOptions& options) noexcept;
linear::FitOptions fit_options(const LinearOptions& options, std::vector<double> class_weights);

/// Collective. The rows of a table, encoded for a fit with so many outputs.
linear::Design build_linear_design(runtime::StepContext& context, const data::BlockSource& source,
                                   std::span<const learning::Feature> features, const LinearOptions& options, int outputs);

/// A linear fit as a part of a step: ends a round of the step after each iteration, goes on where a run was broken off, and
/// is kept by checkpoints until the part ends, so that a run that goes on behind it has it at once.
class LinearRounds {
 public:
  /// Collective. `describe` says what a round is.
  LinearRounds(StepPart& part, std::function<Round(const linear::Iteration&)> describe);
  /// Of most iterations and the gradient's norm.
  LinearRounds(StepPart& part, const linear::FitOptions& options);

  linear::FitObserver observer() const;
  /// Null: from the start.
  const linear::FitState* resume() const noexcept { return state_->descents.empty() ? nullptr : state_.get(); }

 private:
  StepPart& part_;
  std::function<Round(const linear::Iteration&)> describe_;
  std::shared_ptr<linear::FitState> state_;
};

/// Notes iterations, objective, gradient norm, separation; warns of a fit that has not converged.
void note_fit(runtime::StepContext& context, const linear::LinearFit& fit, std::int64_t max_iterations);

}  // namespace fullbase::jobs
