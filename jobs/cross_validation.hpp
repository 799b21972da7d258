// Cross-validation of any model that scores rows: trained k times, each row scored by the model that has not seen it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "algorithms/learning/features.hpp"
#include "algorithms/learning/scorer.hpp"
#include "algorithms/learning/target.hpp"
#include "config/description.hpp"
#include "data/schema.hpp"
#include "jobs/step_part.hpp"

namespace fullbase::jobs {

struct CrossValidation {
  std::int64_t folds = 5;
  bool stratify = true;
};
/// `cross_validation: {folds: 5}`; the member of a job's options is an std::optional of it.
config::Description<CrossValidation> describe(config::Type<CrossValidation>);

/// fold (missing: all out-of-fold rows together), metric, class (missing: of all), value, reason, rows.
data::Schema cross_validation_schema();

/// What is to be validated. All by reference; rows are base::Partition(source.rows(), size()).
struct Validated {
  const data::BlockSource& source;
  std::span<const learning::Feature> features;
  const learning::Target& target;
};
/// Trains on the rows of this rank where used[i] is 1 (one byte for each local row), as a part of the step. Collective.
using FitOnPart = std::function<std::unique_ptr<learning::Scorer>(std::span<const std::uint8_t> used, StepPart& fold)>;

/// Collective. Assigns the rows to folds at random (learning::assign_parts; by class if stratified), trains on all folds but one
/// for each, scores the rows left out, and writes the table `cross_validation`: the measures of every fold, and of all rows
/// together. Ends a round of the step a fold, and goes on in the fold in which a run was broken off. The same on any ranks as far
/// as `fit` is.
///
/// Throws input errors, the same on every rank: fewer rows than folds; a class all of whose rows fall into one fold, so that
/// training on the others would not meet it.
///
/// Memory on a rank, from the budget: cross_validation_bytes() bound it, beside what `fit` takes. They are 8 bytes a local row
/// and output and 9 a local row, 28 to assign the folds, about as much as the former for a row of the fold that is scored, what
/// metrics::classification_measures (or regression_measures) takes, and what `fit` does. Beside it base::block_rows x features
/// doubles and a group of blocks a thread.
void cross_validate(StepPart& step, const Validated& validated, const CrossValidation& options, const FitOnPart& fit);

/// What it takes beside `fit`, for plan: the classes are not known before data is read, so that two are counted.
std::int64_t cross_validation_bytes(std::int64_t local_rows, int outputs = 2) noexcept;
/// And in a checkpoint, over all ranks: the scores of rows left out.
constexpr double cross_validation_state_bytes(double rows) noexcept {
  return 2 * 8 * rows;
}

}  // namespace fullbase::jobs
