// job: logistic - the probability of each class as a logistic function of weighted columns.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "algorithms/learning/row_subset.hpp"
#include "algorithms/linear/fit.hpp"
#include "algorithms/linear/linear_scorer.hpp"
#include "algorithms/linear/one_class_categories.hpp"
#include "base/block.hpp"
#include "base/error.hpp"

#include "jobs/cross_validation.hpp"
#include "jobs/linear_tables.hpp"
#include "jobs/linear_training.hpp"
#include "jobs/registry.hpp"
#include "jobs/training.hpp"

namespace fullbase::jobs {
namespace {

enum class Penalty { l2, none };
inline std::array<std::tuple<Penalty, const char*, const char*>, 2> enum_names(Penalty) {
  return {{{Penalty::l2, "l2", "Half the sum of the coefficients' squares; the intercept is free."},
           {Penalty::none, "none", "Nothing: the most likely coefficients."}}};
}

struct LogisticJob : TrainingOptions, LinearOptions {
  Penalty penalty = Penalty::l2;
};

config::Description<LogisticJob> description() {
  config::Description<LogisticJob> description("logistic",
                                               "The probability of each class by logistic regression\n"
                                               "Of two classes the logistic function of weighted columns, of more the softmax of "
                                               "one such sum a class. Categories count as\n"
                                               "columns of ones, as many as there are. The model scores rows in a predict step.");
  describe_training(description);
  describe_linear(description);
  description.option("penalty", &LogisticJob::penalty, "What is added to the loss, so that coefficients stay small.")
      .check([](const LogisticJob& job, const config::Node& node, config::Diagnostics& diagnostics) {
        if (job.penalty == Penalty::none && node.find("C") != nullptr)
          diagnostics.error(config::locate(node, "C"), "without a penalty there is nothing for C to weigh", "leave it out");
      });
  return description;
}

class Logistic final : public runtime::Step {
 public:
  explicit Logistic(LogisticJob options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    training_ = check_training(context, options_, LabelUse::classes);
    sizes_ = linear_sizes(context, training_);
    std::vector<runtime::TableOutline> outlines = {{"", coefficient_schema(true)}};
    std::ranges::move(training_outlines(options_, training_), std::back_inserter(outlines));
    outlines.push_back({"history", fit_history_schema()});
    return outlines;
  }

  /// Of the categories nothing is known before they are read: they are not counted in.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    auto memory = linear_memory(sizes_, rows.front(), ranks);
    if (options_.cross_validation) {
      // Trainings on parts of the rows hold those parts' labels beside.
      const auto local = base::Partition(rows.front(), ranks).most_rows();
      const auto beside = cross_validation_bytes(local) + 8 * local;
      memory = {.least = memory.least + beside, .best = memory.best + beside};
    }
    return memory;
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    return forecast_linear(inputs, training_, options_.cross_validation, ranks);
  }

  void run(runtime::StepContext& context) override {
    const auto rows = read_training(context, options_, training_);
    StepPart step(context);
    StepPart all(step, "all rows");
    const auto trained = fit(all, rows, {context.input(), rows.target});
    require_varying(context, trained.model.encoding);
    report(context, trained);
    context.write_small("", coefficient_table(trained.model, true).batch());
    context.write_small("model", linear::write_linear(trained.model));
    context.write_small("classes", classes_table(rows.target, rows.class_weights));
    context.write_small("history", fit_history_table(trained.fit, trained.model).batch());
    if (options_.cross_validation)
      cross_validate(step, {context.input(), rows.features, rows.target}, *options_.cross_validation,
                     [&](std::span<const std::uint8_t> used, StepPart& fold) -> std::unique_ptr<learning::Scorer> {
                       const learning::RowSubset part(context.communicator(), context.input(), used);
                       const auto target = learning::subset(context.communicator(), rows.target, used, context.budget());
                       auto of_fold = fit(fold, rows, {part, target});
                       return std::make_unique<linear::LinearScorer>(std::move(of_fold.model));
                     });
  }

 private:
  struct Trained {
    linear::LinearModel model;
    linear::LinearFit fit;
    linear::OneClassCategories one_class;
    std::int64_t spilled_bytes = 0;
  };

  /// Collective. On `labelled`, which are `rows` or some of them.
  Trained fit(StepPart& part, const TrainingRows& rows, const LabelledSource& labelled) const {
    auto& context = part.context();
    const auto& target = labelled.target;
    auto& communicator = context.communicator();
    const int outputs = target.class_count() == 2 ? 1 : target.class_count();
    const auto design = build_linear_design(context, labelled.source, rows.features, options_, outputs);
    auto options = fit_options(options_, rows.class_weights);
    if (options_.penalty == Penalty::none) options.c = linear::unpenalised;
    Trained trained;
    const LinearRounds rounds(part, options);
    trained.fit =
        linear::fit_logistic(communicator, design, target, options, context.budget(), rounds.observer(), rounds.resume());
    trained.one_class = linear::one_class_categories(communicator, design, target);
    trained.spilled_bytes = communicator.sum_value(design.spilled_bytes());
    trained.model = linear::linear_model(learning::head_of(rows.features, target), design, trained.fit, options_.missing, true);
    return trained;
  }

  void report(runtime::StepContext& context, const Trained& trained) const {
    const auto& [model, fit, one_class, spilled_bytes] = trained;
    context.note("spilled_bytes", spilled_bytes);
    note_fit(context, fit, options_.max_iterations);
    context.note("one_class_categories", one_class.count);
    for (const auto place : fit.undetermined)
      context.warn(fmt::format("'{}' follows from the columns before it: without a penalty its coefficient is left at 0",
                               place_name(model, place)));
    if (fit.separation == linear::Separation::none) return;
    const bool complete = fit.separation == linear::Separation::complete;
    const std::string what = complete
                                 ? "the classes part completely: a sum of the columns tells every row's class"
                                 : "the classes part: a sum of the columns tells the class of all rows but those on its border";
    if (options_.penalty == Penalty::none)
      throw base::input_error(
          what + ", so that no finite coefficients are the most likely", fmt::format("steps.{}", context.step_id()),
          one_class.count > 0
              ? fmt::format("write `penalty: l2`; all rows of '{}' are of one class", place_name(model, one_class.first))
              : "write `penalty: l2`, or look for a column that tells the label")
          .known_to_all();
    context.warn(what + "; how great the coefficients are is the penalty's doing (C), and a column may tell the label");
  }

  LogisticJob options_;
  Training training_;
  LinearSizes sizes_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> logistic_kind() {
  return runtime::make_job_kind<LogisticJob, Logistic>(description(), training_inputs());
}

}  // namespace fullbase::jobs
