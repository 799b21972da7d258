#include "jobs/cross_validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/learning/folds.hpp"
#include "algorithms/metrics/measures.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "jobs/held_out.hpp"
#include "jobs/measure_columns.hpp"

namespace fullbase::jobs {
namespace {

using learning::Target;
using learning::Task;

/// The measures of every fold, then of all rows.
struct FoldMeasures {
  std::optional<std::int64_t> fold;  ///< nothing: all
  std::int64_t rows = 0;
  std::vector<metrics::Measure> measures;
};

TableBuilder fold_table(std::span<const FoldMeasures> folds, std::span<const std::string> classes) {
  TableBuilder table;
  auto& fold = table.optional_int64s("fold");
  MeasureColumns columns(table);
  auto& rows = table.int64s("rows");
  for (const auto& one : folds) {
    for (const auto& measure : one.measures) {
      fold.push_back(one.fold);
      columns.add(measure, classes);
      rows.push_back(one.rows);
    }
  }
  return table;
}

class Validation {
 public:
  Validation(StepPart& step, const Validated& validated, const CrossValidation& options, const FitOnPart& fit)
      : part_(step, "cross-validation"),
        context_(step.context()),
        communicator_(context_.communicator()),
        validated_(validated),
        options_(options),
        fit_(fit) {
    local_ = comm::own_rows(communicator_, validated.source.rows());
    outputs_ = is_regression() ? 1 : validated.target.class_count();
  }

  void run() {
    assign_folds();
    take_up();
    for (std::int64_t fold = done_; fold < options_.folds; ++fold) {
      for (std::size_t i = 0; i < used_.size(); ++i) used_[i] = parts_[i] != fold ? 1 : 0;
      {
        StepPart of_fold(part_, fmt::format("fold {}", fold));
        const auto scorer = fit_(used_, of_fold);
        probabilities_ = scorer->output() != learning::Scorer::Output::decision;
        score_held_out(communicator_, *scorer, validated_.source, used_, scores_);
      }
      done_ = fold + 1;
      part_.end_round({done_, options_.folds, fmt::format("fold {} of {}", done_, options_.folds)});
    }
    std::vector<FoldMeasures> tried;
    for (std::int64_t fold = 0; fold < options_.folds; ++fold) tried.push_back(measures_of(fold));
    tried.push_back({std::nullopt, validated_.source.rows(), measures(scores_, target().codes, target().values)});
    context_.write_small("cross_validation", fold_table(tried, target().classes).batch());
  }

 private:
  const Target& target() const { return validated_.target; }
  bool is_regression() const { return target().task == Task::regression; }
  std::size_t local_rows() const { return static_cast<std::size_t>(local_.size()); }
  base::Error error(std::string problem, std::string advice) const {
    return base::input_error(std::move(problem), validated_.source.name() + "." + target().column, std::move(advice))
        .known_to_all();
  }

  /// Goes on behind the folds that a run was broken off after.
  void take_up() {
    const auto rows = validated_.source.rows();
    if (part_.has_left("done")) {
      part_.read_left([&](const data::StateReader& reader, const std::string& prefix) {
        done_ = reader.value<std::int64_t>(prefix + "done");
        probabilities_ = reader.value<std::uint8_t>(prefix + "probabilities") != 0;
        reader.get_rows_into(prefix + "scores", outputs_, local_, std::span(scores_));
      });
    }
    part_.keep([this, rows](data::StateWriter& writer, const std::string& prefix) {
      writer.put_value<std::int64_t>(prefix + "done", done_);
      writer.put_value<std::uint8_t>(prefix + "probabilities", probabilities_ ? 1 : 0);
      writer.put_rows(prefix + "scores", rows, outputs_, local_, scores_);
    });
  }

  void assign_folds() {
    if (validated_.source.rows() < options_.folds)
      throw error(fmt::format("{} rows cannot be shared out over {} folds", validated_.source.rows(), options_.folds),
                  "a fold has a row or more: take fewer folds");
    reservation_ = comm::collective_try(communicator_, "cross-validation", [&] {
      auto reserved = context_.budget().require(local_.size() * (8 * outputs_ + 9), "the out-of-fold scores of this rank's rows");
      used_.resize(local_rows());
      scores_.resize(local_rows() * static_cast<std::size_t>(outputs_));
      return reserved;
    });
    const std::vector<double> shares(static_cast<std::size_t>(options_.folds), 1.0 / static_cast<double>(options_.folds));
    const bool by_class = options_.stratify && !is_regression();
    parts_ = learning::assign_parts(communicator_, context_.key("cross-validation"), validated_.source.rows(),
                                    by_class ? std::span<const std::int32_t>(target().codes) : std::span<const std::int32_t>(),
                                    by_class ? target().class_count() : 1, shares, context_.budget());
    if (!is_regression()) check_classes();
  }

  /// Every class has to be met in training, whichever fold is left out.
  void check_classes() const {
    const auto classes = static_cast<std::size_t>(target().class_count());
    std::vector<std::int64_t> counts(static_cast<std::size_t>(options_.folds) * classes);
    for (std::size_t i = 0; i < parts_.size(); ++i)
      ++counts[static_cast<std::size_t>(parts_[i]) * classes + static_cast<std::size_t>(target().codes[i])];
    communicator_.sum(std::span(counts));
    for (std::size_t at = 0; at < counts.size(); ++at) {
      const auto rows = target().rows_of_class[at % classes];
      if (rows == 0 || counts[at] != rows) continue;
      throw error(
          fmt::format("all rows of the class '{}' ({}) fall into one of {} folds: training on the others would not meet it",
                      target().classes[at % classes], base::format_count(rows), options_.folds),
          options_.stratify ? "leave out classes of one row, or join them to others"
                            : "share out every class evenly with stratify: true");
    }
  }

  FoldMeasures measures_of(std::int64_t fold) const {
    std::vector<double> scores;
    std::vector<std::int32_t> codes;
    std::vector<double> values;
    std::int64_t rows = 0;
    const auto reservation = comm::collective_try(communicator_, "cross-validation", [&] {
      const auto held = std::ranges::count(parts_, fold);
      auto reserved = context_.budget().require(held * (8 * outputs_ + 8), "the out-of-fold scores of a fold");
      scores.reserve(static_cast<std::size_t>(held * outputs_));
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (parts_[i] != fold) continue;
        ++rows;
        const auto first = scores_.begin() + static_cast<std::ptrdiff_t>(i) * outputs_;
        scores.insert(scores.end(), first, first + outputs_);
        if (is_regression()) {
          values.push_back(target().values[i]);
        } else {
          codes.push_back(target().codes[i]);
        }
      }
      return reserved;
    });
    return {fold, communicator_.sum_value(rows), measures(scores, codes, values)};
  }
  std::vector<metrics::Measure> measures(std::span<const double> scores, std::span<const std::int32_t> codes,
                                         std::span<const double> values) const {
    if (is_regression()) return metrics::regression_measures(communicator_, values, scores, context_.budget());
    const metrics::Scores outputs{scores, outputs_, probabilities_};
    return metrics::classification_measures(communicator_, codes, metrics::told_classes(outputs), outputs, target().class_count(),
                                            context_.budget());
  }

  StepPart part_;
  runtime::StepContext& context_;
  comm::Communicator& communicator_;
  const Validated& validated_;
  const CrossValidation& options_;
  const FitOnPart& fit_;
  base::RowRange local_;
  int outputs_ = 1;
  std::vector<std::int32_t> parts_;  ///< the fold of each local row
  std::vector<std::uint8_t> used_;   ///< whether training sees it
  std::vector<double> scores_;       ///< outputs of each local row, by the model that has not seen it
  data::Reservation reservation_;
  std::int64_t done_ = 0;      ///< folds
  bool probabilities_ = true;  ///< whether scores are some
};

}  // namespace

config::Description<CrossValidation> describe(config::Type<CrossValidation>) {
  return config::Description<CrossValidation>(
             "cross-validation", "Trains `folds` times, each time leaving a part of the rows out to measure the model on them")
      .option("folds", &CrossValidation::folds, "Parts that rows are shared out over at random.", config::between(2, 100))
      .option("stratify", &CrossValidation::stratify,
              "Shares the rows of every class out evenly; of no effect where the label is a number.");
}

data::Schema cross_validation_schema() {
  return fold_table({}, {}).schema();
}

std::int64_t cross_validation_bytes(std::int64_t local_rows, int outputs) noexcept {
  // At most while all rows are measured: they are ranked by their scores.
  constexpr std::int64_t ranking = 68;
  return local_rows * (8 * outputs + 13 + ranking);
}

void cross_validate(StepPart& step, const Validated& validated, const CrossValidation& options, const FitOnPart& fit) {
  Validation(step, validated, options, fit).run();
}

}  // namespace fullbase::jobs
