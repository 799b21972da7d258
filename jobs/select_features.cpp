// job: select_features - what each column tells of the label, and which are worth learning from.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "algorithms/association/feature_bins.hpp"
#include "algorithms/association/feature_measures.hpp"
#include "algorithms/association/feature_selection.hpp"
#include "algorithms/learning/target.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "data/type_kinds.hpp"
#include "jobs/feature_table.hpp"
#include "jobs/registry.hpp"
#include "jobs/training.hpp"

namespace fullbase::association {

// Found by config through the enum's namespace.
inline std::array<std::tuple<RankBy, const char*, const char*>, 4> enum_names(RankBy) {
  return {{{RankBy::mutual_information, "mutual_information", "The most first."},
           {RankBy::p_value, "p_value", "The least first."},
           {RankBy::correlation, "correlation", "The greatest magnitude first."},
           {RankBy::importance, "importance", "The most first; with the input `importances`."}}};
}

}  // namespace fullbase::association

namespace fullbase::jobs {
namespace {

struct SelectFeaturesOptions : association::SelectionRules {
  std::string label;
  std::optional<std::string> task = {};
  std::vector<std::string> features = {};
  std::vector<std::string> exclude = {};
};

config::Description<SelectFeaturesOptions> description() {
  using Options = SelectFeaturesOptions;
  using association::SelectionRules;
  const auto rule = []<class M>(M SelectionRules::*member) { return static_cast<M Options::*>(member); };
  constexpr const char* none = "no such rule";
  return config::Description<Options>(
             "select_features",
             "What each column tells of the label, and which columns are worth learning from\n"
             "A row a feature, best first: missing share, distinct values, variance, mutual information with the label (nats;\n"
             "numbers in up to 32 bins of equal share, missing values in one of their own; the plug-in estimate, which is too\n"
             "large by about the degrees of freedom over twice the rows), chi-square of the same bins, correlation with the\n"
             "label. A training step reads the table as `from: {table: ..., features: ...}`.")
      .required("label", &Options::label, "Column with what is to be told. Rows without it are an error.", config::non_empty())
      .option("task", &Options::task, "What the label is: classes (classification) or a number (regression).",
              config::one_of({"classification", "regression"}),
              config::default_means("a number where it is a float or a decimal, else classes"))
      .option("features", &Options::features, "Columns to measure: numbers, booleans and categories.", config::distinct(),
              config::default_means("every such column but the input's key, the label and what `exclude` names"))
      .option("exclude", &Options::exclude, "Columns to leave out where `features` names none.", config::distinct())
      .option("min_variance", rule(&SelectionRules::min_variance),
              "Numbers of less variance (of finite values, divided by their number) are not selected.", config::at_least(0.0),
              config::default_means(none))
      .option("max_missing", rule(&SelectionRules::max_missing), "Nor is what is missing in a greater share of the rows.",
              config::between(0.0, 1.0), config::default_means(none))
      .option("min_mutual_information", rule(&SelectionRules::min_mutual_information), "Nor what tells less, in nats.",
              config::at_least(0.0), config::default_means(none))
      .option("max_p_value", rule(&SelectionRules::max_p_value), "Nor what has a greater p-value of chi-square.",
              config::between(0.0, 1.0), config::default_means(none))
      .option("keep", rule(&SelectionRules::keep), "Of those that are left, so many are selected: the best by `rank_by`.",
              config::at_least(1), config::default_means("all of them"))
      .option("rank_by", rule(&SelectionRules::rank_by), "What orders features.");
}

class SelectFeatures final : public runtime::Step {
 public:
  explicit SelectFeatures(SelectFeaturesOptions options) : options_(std::move(options)) {}

  std::vector<runtime::TableOutline> check(runtime::CheckContext& context) override {
    TrainingOptions training;
    training.label = options_.label;
    training.features = options_.features;
    training.exclude = options_.exclude;
    training_ = check_training(context, training, label_use());
    const bool has_importances = context.has_input(importances_slot);
    if (options_.rank_by == association::RankBy::importance && !has_importances)
      context.error("rank_by", "there are no importances to rank by", "write from: {table: ..., importances: FOREST_STEP}");
    if (has_importances) {
      const auto& schema = context.input(importances_slot);
      const auto feature = schema.find("feature");
      const auto importance = schema.find("importance");
      if (!feature || !importance || !data::is_text(schema[*feature].type) || !data::is_number(schema[*importance].type))
        context.error("from.importances",
                      fmt::format("{} has no columns `feature` and `importance`", context.table_name(importances_slot)),
                      "name the main table of a forest step");
    }
    return {{"", feature_schema()}};
  }

  /// The label of each row, and its bin where it is a number.
  Memory memory(const std::vector<std::int64_t>& rows, int ranks) const override {
    const std::int64_t local = (rows.front() / ranks + base::block_rows) * (training_.regression ? 12 : 4);
    return {.least = local, .best = local};
  }

  runtime::Forecast forecast(const std::vector<runtime::InputSize>& inputs, int ranks) const override {
    auto forecast = runtime::grouped(inputs, ranks, 3);
    forecast.keyed_rows *= 2 * static_cast<double>(training_.features.size());
    forecast.tables[""] = {std::ssize(training_.features), runtime::Certainty::exact};
    return forecast;
  }

  void run(runtime::StepContext& context) override {
    auto& communicator = context.communicator();
    const auto& input = context.input();
    const auto target = learning::read_target(communicator, input, {.column = options_.label, .regression = training_.regression},
                                              context.budget());
    const association::LabelClasses label(communicator, target, context.budget());
    std::vector<association::FeatureMeasures> measures;
    for (const auto& name : training_.features) {
      const int column = input.schema().at(name, input.name());
      measures.push_back(association::measure_feature(communicator, input, column, label, context.budget()));
      if (measures.back().pooled > 0)
        context.warn(fmt::format("'{}' has {} categories; {} of them, of the fewest rows, are measured as one", name,
                                 base::format_count(measures.back().distinct), base::format_count(measures.back().pooled)));
      context.end_round(std::ssize(measures), std::ssize(training_.features), name);
    }
    const auto importances = read_importances(context);
    const auto ranked = association::select_features(measures, importances, input.rows(), options_);
    const auto selected = std::ranges::count(ranked, association::Reason::none, &association::RankedFeature::reason);
    context.note("rows", input.rows());
    context.note("features", std::ssize(ranked));
    context.note("selected", selected);
    context.note("mutual_information_is", "the plug-in estimate, in nats");
    if (selected == 0) context.warn("no feature is selected");
    context.write_small("", feature_table(measures, importances, ranked, input.rows()));
  }

 private:
  static constexpr int importances_slot = 1;

  LabelUse label_use() const {
    if (!options_.task) return LabelUse::by_type;
    return *options_.task == "regression" ? LabelUse::number : LabelUse::classes;
  }

  /// Collective. One a feature, NaN where the table has none; none without the input.
  std::vector<double> read_importances(runtime::StepContext& context) const {
    if (!context.has_input(importances_slot)) return {};
    const auto& table = context.input(importances_slot);
    const std::array<int, 2> columns = {table.schema().at("feature", table.name()),
                                        table.schema().at("importance", table.name())};
    const auto rows = comm::collective_try(context.communicator(), "importances", [&] {
      return table.read({0, table.rows()}, columns);
    });
    std::vector<double> importances(training_.features.size(), data::missing_float64);
    for (std::int64_t i = 0; i < table.rows(); ++i) {
      const auto found = std::ranges::find(training_.features, rows[0].text(i));
      if (found != training_.features.end())
        importances[static_cast<std::size_t>(found - training_.features.begin())] = rows[1].number(i);
    }
    return importances;
  }

  SelectFeaturesOptions options_;
  Training training_;
};

}  // namespace

std::shared_ptr<const runtime::JobKind> select_features_kind() {
  return runtime::make_job_kind<SelectFeaturesOptions, SelectFeatures>(
      description(), {{"table", "The rows to measure on.", true},
                      {"importances", "The main table of a forest step: columns `feature` and `importance`.", false}});
}

}  // namespace fullbase::jobs
