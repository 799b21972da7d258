// job: evaluate - how well predictions tell the labels: of classes with their scores, or of numbers.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/metrics/measures.hpp"
#include "base/size.hpp"
#include "data/type_kinds.hpp"
#include "jobs/evaluated_rows.hpp"
#include "jobs/evaluation_tables.hpp"
#include "jobs/registry.hpp"
#include "jobs/row_groups.hpp"
#include "jobs/score_table.hpp"

namespace fullbase::jobs {
namespace {

constexpr int table_slot = 0;
constexpr int scores_slot = 1;

struct EvaluateOptions {
  std::string label;
  std::string predicted = "predicted";
  std::optional<std::string> score = {};
  std::optional<std::string> positive = {};
  std::optional<std::string> by = {};
  std::int64_t bins = 10;
};

config::Description<EvaluateOptions> description() {
  return config::Description<EvaluateOptions>(
             "evaluate",
             "How well predictions tell the labels: measures, confusion, ROC, precision and recall, calibration, lift\n"
             "Labels and predictions that are booleans, whole numbers or texts are classes; where one is a float or a decimal "
             "they\n"
             "are numbers. Rows without a label, a prediction or a score are left out and counted. What is not defined is "
             "missing,\n"
             "and the column `reason` says why.")
      .required("label", &EvaluateOptions::label, "Column with what is true.", config::non_empty())
      .option("predicted", &EvaluateOptions::predicted, "Column with what was told.", config::non_empty())
      .option("score", &EvaluateOptions::score,
              "Of two classes: column with the score of the second. More classes need the input `scores`.", config::non_empty(),
              config::default_means("`score`, where the table has it"))
      .option("positive", &EvaluateOptions::positive, "Of two classes, the one that scores speak of.", config::non_empty(),
              config::default_means("the second in order: true of a boolean, the greater number, the later text"))
      .option("by", &EvaluateOptions::by,
              "Column whose values are groups of rows: measures are of each group as well, in a column `within`.",
              config::non_empty())
      .option("bins", &EvaluateOptions::bins, "Bins of probabilities in `calibration`, of equal width and by quantiles.",
              config::between(2, 1000));
}

class Evaluate final : public runtime::Step {
 public:
  explicit Evaluate(EvaluateOptions options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    std::vector<runtime::TableOutline> outlines = {{"", measure_table({}, {}, options_.by.has_value()).schema()}};
    const auto label = context.column("label", options_.label, table_slot);
    const auto predicted = context.column("predicted", options_.predicted, table_slot);
    if (!label || !predicted) return outlines;
    const auto& input = context.input(table_slot);
    check_types(context, input[*label], input[*predicted]);
    if (options_.by) check_groups(context, input);
    if (is_regression_) {
      refuse_for_numbers(context);
      return outlines;
    }
    if (options_.score || !context.has_input(scores_slot)) find_score(context, input);
    if (context.has_input(scores_slot)) check_scores(context, input, input[*label]);
    outlines.push_back({"confusion", confusion_table({}, {}).schema()});
    outlines.push_back({"roc", roc_table({}).schema()});
    outlines.push_back({"precision_recall", precision_recall_table({}).schema()});
    outlines.push_back({"calibration", calibration_table({}).schema()});
    outlines.push_back({"lift", lift_table({}).schema()});
    return outlines;
  }

  /// Labels, predictions, scores of every class, and the order of those of one.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const auto of_rank = rows.front() / ranks + base::block_rows;
    const auto outputs = rows.size() > 1 && rows.front() > 0 ? std::max<std::int64_t>(1, rows.back() / rows.front()) : 1;
    const auto bytes = of_rank * (is_regression_ ? 24 : 8 + 8 * outputs + 80);
    return {bytes, bytes};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks);
    for (const char* const table : {"", "confusion", "roc", "precision_recall", "calibration", "lift"})
      forecast.tables[table] = runtime::small_table();
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    if (is_regression_) {
      evaluate_numbers(context);
    } else {
      evaluate_classes(context);
    }
  }

 private:
  void check_types(runtime::CheckContext& context, const data::Field& label, const data::Field& predicted) {
    const auto a = value_kind(label.type);
    const auto b = value_kind(predicted.type);
    if (label.name == predicted.name)
      context.error("predicted", "label and prediction are the same column", "name the column that was told");
    is_regression_ =
        data::is_number(label.type) && data::is_number(predicted.type) && (a == ValueKind::number || b == ValueKind::number);
    if (is_regression_ || (a == b && a != ValueKind::none)) return;
    context.error("predicted",
                  fmt::format("column '{}' is {}, and column '{}' {}: they cannot be compared", label.name,
                              data::type_text(label), predicted.name, data::type_text(predicted)),
                  "give both the same kind of value: booleans, whole numbers, texts or categories, or numbers");
  }

  void refuse_for_numbers(runtime::CheckContext& context) const {
    const auto refuse = [&](const char* path) {
      context.error(path, "label and prediction are numbers, and have no classes", "leave it out");
    };
    if (options_.score) refuse("score");
    if (options_.positive) refuse("positive");
    if (context.has_input(scores_slot)) refuse("from");
  }

  void check_groups(runtime::CheckContext& context, const data::Schema& input) const {
    const auto column = context.column("by", *options_.by, table_slot);
    if (!column || input[*column].type == data::Type::int64 || data::is_text(input[*column].type)) return;
    context.error("by", fmt::format("column '{}' is of type {}", *options_.by, data::type_text(input[*column])),
                  "values to measure by are whole numbers or texts");
  }

  void find_score(runtime::CheckContext& context, const data::Schema& input) {
    const auto name = options_.score.value_or("score");
    if (!options_.score && !input.find(name)) return;
    const auto column = context.column("score", name, table_slot);
    if (!column) return;
    score_ = name;
    if (!data::is_number(input[*column].type))
      context.error("score", fmt::format("column '{}' is of type {}", name, data::type_text(input[*column])),
                    "a score is a number");
  }

  void check_scores(runtime::CheckContext& context, const data::Schema& input, const data::Field& label) const {
    if (options_.score) context.error("score", "the input `scores` has the scores of all classes", "leave one of them out");
    if (context.is_filtered())
      context.error("where", "a condition would part rows from their scores",
                    "write it into the step that predicts, so that both tables have the same rows");
    const auto& scores = context.input(scores_slot);
    const auto has = context.column("from", "class", scores_slot) && context.column("from", "score", scores_slot);
    if (!has) return;
    const auto& of_class = scores[*scores.find("class")];
    const auto& score = scores[*scores.find("score")];
    if (value_kind(of_class.type) != value_kind(label.type) || !data::is_number(score.type))
      context.error(
          "from",
          fmt::format("{} has classes of type {} and scores of type {}, and the label is {}", context.table_name(scores_slot),
                      data::type_text(of_class), data::type_text(score), data::type_text(label)),
          "name the table `scores` of the step that wrote the rows");
    if (!ScoreTable::key_column(input, scores))
      context.error("from",
                    fmt::format("{} and {} have no column in common that says which row a score is of",
                                context.table_name(scores_slot), context.table_name(table_slot)),
                    "name the table `scores` of the step that wrote the rows");
  }

  EvaluatedColumns columns() const { return {options_.label, options_.predicted, score_, options_.positive}; }

  void evaluate_numbers(runtime::StepContext& context) const {
    auto& communicator = context.communicator();
    const auto rows = read_values(communicator, context.input(table_slot), columns(), context.budget());
    const auto measure = [&](const EvaluatedRows& some) {
      return metrics::regression_measures(communicator, some.label_values, some.predicted_values, context.budget());
    };
    write_measures(context, rows, measure(rows), measure);
    report(context, rows);
  }

  void evaluate_classes(runtime::StepContext& context) const {
    auto& communicator = context.communicator();
    const auto* const table = context.has_input(scores_slot) ? &context.input(scores_slot) : nullptr;
    const auto rows = read_classes(communicator, context.input(table_slot), columns(), table, context.budget());
    const auto classes = static_cast<int>(rows.classes.size());
    const auto scores = rows.all_scores();
    const bool probabilities = scores.outputs > 0 && metrics::are_probabilities(communicator, scores);
    std::vector<ClassCurves> curves;
    const auto visit = [&](int of_class, const metrics::RankedScores& ranked) {
      ClassCurves curve{rows.classes[static_cast<std::size_t>(of_class)], ranked.rows(), ranked.positives(), {}, {}, {}, {}};
      curve.points = metrics::curve_points(communicator, ranked);
      curve.parts = metrics::lift_parts(communicator, ranked);
      if (probabilities) {
        const int output = scores.outputs == 1 ? 0 : of_class;
        const auto bins = static_cast<int>(options_.bins);
        curve.equal_width = metrics::equal_width_bins(communicator, rows.labels, scores, of_class, output, bins);
        curve.quantiles = metrics::quantile_bins(communicator, rows.labels, scores, of_class, output, bins, context.budget());
      }
      curves.push_back(std::move(curve));
      context.end_round(of_class + 1, classes, "classes");
    };
    const auto measures =
        metrics::classification_measures(communicator, rows.labels, rows.predicted, scores, classes, context.budget(), visit);
    const auto confusion = metrics::confusion(communicator, rows.labels, rows.predicted, classes);
    write_measures(context, rows, measures, [&](const EvaluatedRows& some) {
      auto own = some.all_scores();
      own.probabilities = probabilities;
      return metrics::classification_measures(communicator, some.labels, some.predicted, own, classes, context.budget());
    });
    context.write_small("confusion", confusion_table(confusion, rows.classes).batch());
    context.write_small("roc", roc_table(curves).batch());
    context.write_small("precision_recall", precision_recall_table(curves).batch());
    context.write_small("calibration", calibration_table(curves).batch());
    context.write_small("lift", lift_table(curves).batch());
    context.note("classes", static_cast<std::int64_t>(classes));
    if (classes == 2 && scores.outputs > 0) {
      context.note("positive", rows.classes.back());
      check_order(context, rows);
    }
    report(context, rows);
  }

  /// The main table: of all rows, then of each group.
  template <class Measuring>
  void write_measures(runtime::StepContext& context, const EvaluatedRows& rows, std::vector<metrics::Measure> of_all,
                      const Measuring& measure) const {
    auto& communicator = context.communicator();
    std::vector<GroupMeasures> measured;
    measured.push_back({std::nullopt, std::move(of_all)});
    if (options_.by) {
      const auto groups = read_groups(communicator, context.input(table_slot), *options_.by, rows, context.budget());
      for (std::size_t g = 0; g < groups.names.size(); ++g) {
        measured.push_back({groups.names[g], measure(rows_of_group(communicator, rows, groups, g, context.budget()))});
        context.end_round(static_cast<std::int64_t>(g) + 1, std::ssize(groups.names), "groups");
      }
    }
    context.write_small("", measure_table(measured, rows.classes, options_.by.has_value()).batch());
  }

  /// Scores of the second class are higher where it was told. Others are of another class, or of the one that was told.
  static void check_order(runtime::StepContext& context, const EvaluatedRows& rows) {
    double lowest = std::numeric_limits<double>::infinity();  // of rows told to be of the second class
    double highest = -lowest;                                 // of the others
    for (std::size_t i = 0; i < rows.predicted.size(); ++i) {
      const double score = rows.all_scores().of(static_cast<std::int64_t>(i), rows.outputs - 1);
      if (rows.predicted[i] == 1) lowest = std::min(lowest, score);
      if (rows.predicted[i] == 0) highest = std::max(highest, score);
    }
    lowest = context.communicator().min_value(lowest);
    highest = context.communicator().max_value(highest);
    if (highest <= lowest) return;
    context.warn(
        fmt::format("some rows that were not told to be '{}' have higher scores than rows that were: scores should be those of "
                    "'{}' (`positive` chooses the class)",
                    rows.classes.back(), rows.classes.back()));
  }

  static void report(runtime::StepContext& context, const EvaluatedRows& rows) {
    context.note("rows", rows.rows);
    if (rows.rows == 0)
      context.warn(
          fmt::format("{}: no row has all that is measured, so that no measure is defined; look at the condition `where`",
                      context.input(table_slot).name()));
    context.left_out("label missing", rows.without_label);
    context.left_out("prediction missing", rows.without_prediction);
    context.left_out("score missing", rows.without_score);
  }

  EvaluateOptions options_;
  std::optional<std::string> score_ = {};
  bool is_regression_ = false;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> evaluate_kind() {
  return runtime::make_job_kind<EvaluateOptions, Evaluate>(
      description(), {{.name = "table", .doc = "Rows with labels and predictions.", .required = true},
                      {.name = "scores", .doc = "The scores of every class, as predict writes them.", .required = false}});
}

}  // namespace fullbase::jobs
