#include "jobs/training.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/learning/finite_features.hpp"
#include "algorithms/learning/model_words.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "comm/agreement.hpp"
#include "data/type_kinds.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {
namespace {

/// Place of the optional input `features`.
constexpr int features_slot = 1;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Reports a column that no model reads; what to do depends on its type.
bool check_feature(runtime::CheckContext& context, const std::string& path, const data::Field& field) {
  if (learning::is_feature(field.type)) return true;
  context.error(path, fmt::format("column '{}' is of type {}, which no model reads", field.name, data::type_text(field)),
                data::is_time(field.type) ? "derive a number from it in a select step, such as days(as_of - date)"
                                          : "import it as category");
  return false;
}

std::vector<std::string> given_features(runtime::CheckContext& context, const TrainingOptions& options) {
  std::vector<std::string> features;
  for (std::size_t i = 0; i < options.features.size(); ++i) {
    const auto& name = options.features[i];
    const auto path = fmt::format("features[{}]", i);
    const auto column = context.column(path, name);
    if (!column) continue;
    if (name == options.label) {
      context.error(path, fmt::format("'{}' is the label: a model would tell it from itself", name), "leave it out");
    } else if (contains(options.exclude, name)) {
      context.error(path, fmt::format("'{}' is in `exclude` too", name), "leave it out of one of them");
    } else if (check_feature(context, path, context.input()[*column])) {
      features.push_back(name);
    }
  }
  return features;
}

std::vector<std::string> usable_features(runtime::CheckContext& context, const TrainingOptions& options) {
  const auto& input = context.input();
  std::vector<std::string> features;
  for (const auto& field : input.fields) {
    if (field.name == input.key || field.name == options.label || contains(options.exclude, field.name)) continue;
    if (learning::is_feature(field.type)) features.push_back(field.name);
  }
  if (features.empty())
    context.error("", fmt::format("no column of {} is left to learn from", context.table_name()),
                  "a model reads numbers, booleans and categories other than the key and the label");
  return features;
}

/// Whether it is told as a number.
bool check_label(runtime::CheckContext& context, const data::Field& field, LabelUse use) {
  const bool is_real = data::is_float(field.type) || field.type == data::Type::decimal;
  if (data::is_time(field.type)) {
    context.error("label", fmt::format("column '{}' is of type {}, which no model tells", field.name, data::type_text(field)),
                  "derive a number from it in a select step, such as days(as_of - date)");
  } else if (use == LabelUse::classes && is_real) {
    context.error("label", fmt::format("column '{}' is of type {}, and no class", field.name, data::type_text(field)),
                  "derive a condition or a whole number from it in a select step");
  } else if (use == LabelUse::number && data::is_text(field.type)) {
    context.error("label", fmt::format("column '{}' is of type {}, and no number", field.name, data::type_text(field)),
                  "a regression tells numbers");
  }
  return use == LabelUse::number || (use == LabelUse::by_type && is_real);
}

void check_selection(runtime::CheckContext& context) {
  if (context.inputs() <= features_slot || context.slot_name(features_slot) != "features" || !context.has_input(features_slot))
    return;  // a job that measures features has another input there
  const auto& schema = context.input(features_slot);
  const auto name = schema.find("feature");
  const auto selected = schema.find("selected");
  if (name && selected && data::is_text(schema[*name].type) && schema[*selected].type == data::Type::boolean) return;
  context.error("from.features", fmt::format("{} does not say which features to use", context.table_name(features_slot)),
                "it has to have the columns `feature` (text) and `selected` (bool), as select_features writes it");
}

/// Collective. Of `features` those that the table selects.
std::vector<std::string> selected_features(runtime::StepContext& context, const std::vector<std::string>& features) {
  if (!context.has_input(features_slot)) return features;
  const auto& table = context.input(features_slot);
  const std::vector<int> columns = {table.schema().at("feature", table.name()), table.schema().at("selected", table.name())};
  const auto chosen = comm::collective_try(context.communicator(), "selected features", [&] {
    const auto rows = table.read({0, table.rows()}, columns);
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < table.rows(); ++i) {
      if (rows[1].is_missing(i) || rows[1].bools()[static_cast<std::size_t>(i)] == 0) continue;
      names.emplace_back(rows[0].text(i));
    }
    return names;
  });
  std::vector<std::string> kept;
  for (const auto& name : features) {
    if (contains(chosen, name)) kept.push_back(name);
  }
  if (kept.empty())
    throw base::input_error("no feature is selected", table.name(), "select more, or leave `features` out of `from`")
        .known_to_all();
  return kept;
}

}  // namespace

config::Form<ClassWeights> class_weights_form() {
  using Mapping = std::vector<std::pair<std::string, double>>;
  const auto name = config::text(config::one_of({"balanced"}));
  const auto mapping = config::form<Mapping>(config::at_least(0.0));
  config::Shape shape;
  shape.kind = config::Shape::Kind::either;
  shape.name = "balanced, or number by class";
  shape.items = {name.shape, mapping.shape};
  shape.nullable = true;
  return {std::move(shape),
          [name, mapping](const config::Node& node, config::Diagnostics& diagnostics) -> std::optional<ClassWeights> {
            ClassWeights weights;
            if (node.is_null()) return weights;
            if (!node.is_mapping()) {
              if (!name.parse(node, diagnostics)) return std::nullopt;
              weights.balanced = true;
              return weights;
            }
            auto by_class = mapping.parse(node, diagnostics);
            if (!by_class) return std::nullopt;
            weights.by_class = std::move(*by_class);
            return weights;
          },
          [name, mapping](const ClassWeights& weights) {
            if (weights.balanced) return name.show("balanced");
            return weights.given() ? mapping.show(weights.by_class) : config::Node::null();
          }};
}

std::vector<runtime::InputSlot> training_inputs() {
  return {{"table", "The rows to learn from.", true},
          {"features", "A table that says which features to use, as select_features writes it: columns `feature` and `selected`.",
           false}};
}

Training check_training(runtime::CheckContext& context, const TrainingOptions& options, LabelUse use) {
  Training training;
  for (std::size_t i = 0; i < options.exclude.size(); ++i) context.column(fmt::format("exclude[{}]", i), options.exclude[i]);
  training.features = options.features.empty() ? usable_features(context, options) : given_features(context, options);
  check_selection(context);
  training.regression = use == LabelUse::number;
  if (const auto label = context.column("label", options.label)) {
    training.label_type = context.input()[*label].type;
    training.regression = check_label(context, context.input()[*label], use);
  }
  if (!training.regression) return training;
  constexpr const char* advice = "leave it out: what is told is a number";
  if (options.positive) context.error("positive", "a regression has no classes", advice);
  if (options.class_weights.given()) context.error("class_weights", "a regression has no classes", advice);
  return training;
}

std::vector<runtime::TableOutline> training_outlines(const TrainingOptions& options, const Training& training) {
  std::vector<runtime::TableOutline> outlines;
  outlines.push_back({"model", learning::model_schema(learning::told(training.label_type, training.regression))});
  if (!training.regression) {
    data::Schema schema;
    for (const auto& column : classes_table({}, {}).columns) schema.fields.push_back(column.field());
    outlines.push_back({"classes", std::move(schema)});
  }
  if (options.cross_validation) outlines.push_back({"cross_validation", cross_validation_schema()});
  return outlines;
}

void forecast_model(runtime::Forecast& forecast, const Training& training, double words) {
  forecast.tables[""] = {std::max<std::int64_t>(1000, std::ssize(training.features)), runtime::Certainty::most};
  forecast.tables["model"] = {static_cast<std::int64_t>(words) + 1000, runtime::Certainty::most};
  forecast.tables["classes"] = runtime::small_table();
  forecast.tables["cross_validation"] = runtime::small_table();
}

std::vector<double> class_weights(const ClassWeights& weights, const learning::Target& target, std::string_view where) {
  std::vector<double> resolved(target.classes.size(), 1.0);
  if (target.task == learning::Task::regression) return resolved;
  if (weights.balanced) {
    std::int64_t rows = 0;
    for (const auto count : target.rows_of_class) rows += count;
    for (std::size_t k = 0; k < resolved.size(); ++k)
      resolved[k] =
          static_cast<double>(rows) / (static_cast<double>(target.class_count()) * static_cast<double>(target.rows_of_class[k]));
  }
  for (const auto& [name, weight] : weights.by_class) {
    const auto found = std::find(target.classes.begin(), target.classes.end(), name);
    if (found == target.classes.end()) {
      auto advice = base::suggestion(name, target.classes);
      if (advice.empty()) {
        constexpr std::size_t most_named = 10;
        const auto named = std::span(target.classes).first(std::min(target.classes.size(), most_named));
        advice = fmt::format("the label has {} classes: {}{}", target.classes.size(), fmt::join(named, ", "),
                             named.size() < target.classes.size() ? ", ..." : "");
      }
      throw base::input_error(fmt::format("'{}' is no class of the column '{}'", name, target.column),
                              fmt::format("{}.class_weights", where), std::move(advice))
          .known_to_all();
    }
    resolved[static_cast<std::size_t>(found - target.classes.begin())] = weight;
  }
  if (std::all_of(resolved.begin(), resolved.end(), [](double weight) { return weight == 0; }))
    throw base::input_error("every class has the weight 0: there is nothing to learn from",
                            fmt::format("{}.class_weights", where), "give one of them a weight above 0")
        .known_to_all();
  return resolved;
}

TrainingRows read_training(runtime::StepContext& context, const TrainingOptions& options, const Training& training, double most) {
  auto& communicator = context.communicator();
  const auto& source = context.input();
  TrainingRows rows;
  const auto names = selected_features(context, training.features);
  rows.target = learning::read_target(communicator, source,
                                      {.column = options.label, .regression = training.regression, .positive = options.positive},
                                      context.budget());
  rows.class_weights = class_weights(options.class_weights, rows.target, fmt::format("steps.{}", context.step_id()));
  rows.features = learning::meet_features(communicator, source, names);
  learning::require_finite(communicator, source, rows.features, most);
  return rows;
}

data::Batch classes_table(const learning::Target& target, std::span<const double> weights) {
  TableBuilder table;
  auto& names = table.strings("class");
  auto& rows = table.int64s("rows");
  auto& shares = table.float64s("share");
  auto& counted = table.float64s("weight");
  std::int64_t all = 0;
  for (const auto count : target.rows_of_class) all += count;
  for (std::size_t k = 0; k < target.classes.size(); ++k) {
    names.push_back(target.classes[k]);
    rows.push_back(target.rows_of_class[k]);
    shares.push_back(static_cast<double>(target.rows_of_class[k]) / static_cast<double>(all));
    counted.push_back(weights[k]);
  }
  return table.batch();
}

}  // namespace fullbase::jobs
