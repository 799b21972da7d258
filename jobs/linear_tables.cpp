#include "jobs/linear_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/linear/original_units.hpp"
#include "base/math.hpp"

namespace fullbase::jobs {
namespace {

constexpr const char* intercept_name = "(intercept)";

/// The class that an output's score speaks for.
const std::string& class_of(const linear::LinearModel& model, int output) {
  return model.head.classes.at(static_cast<std::size_t>(model.outputs == 1 ? 1 : output));
}

/// Which feature and category a place belongs to; the intercept's feature is null.
struct Place {
  const learning::Feature* feature = nullptr;
  const std::string* category = nullptr;
};

Place place_of(const linear::LinearModel& model, std::int64_t place) {
  const auto& encoding = model.encoding;
  const auto feature = [&](int f) { return &model.head.features[static_cast<std::size_t>(f)]; };
  if (place < encoding.intercept()) return {feature(encoding.numbers[static_cast<std::size_t>(place)])};
  if (place == encoding.intercept()) return {};
  const auto after = std::ranges::upper_bound(encoding.first, place);
  const auto c = static_cast<std::size_t>(after - encoding.first.begin()) - 1;
  const auto* const categorical = feature(encoding.categoricals[c]);
  return {categorical, &categorical->categories[static_cast<std::size_t>(place - encoding.first[c])]};
}

/// For the schemas of tables.
linear::LinearModel no_model() {
  linear::LinearModel model;
  model.outputs = 0;
  return model;
}

}  // namespace

std::string place_name(const linear::LinearModel& model, std::int64_t place) {
  const auto [feature, category] = place_of(model, place);
  if (feature == nullptr) return intercept_name;
  return category == nullptr ? feature->name : fmt::format("{} = {}", feature->name, *category);
}

TableBuilder coefficient_table(const linear::LinearModel& model, bool odds) {
  TableBuilder table;
  auto& classes = table.strings("class");
  auto& features = table.strings("feature");
  auto& categories = table.optional_strings("category");
  auto& coefficients = table.float64s("coefficient");
  auto& standardized = table.float64s("standardized_coefficient");
  std::vector<double>* const ratios = odds ? &table.float64s("odds_ratio") : nullptr;
  const auto places = model.encoding.places();
  const auto original = linear::original_units(model.encoding, model.outputs, model.coefficients);
  const auto add = [&](int output, std::int64_t place) {
    const auto [feature, category] = place_of(model, place);
    const auto at = static_cast<std::size_t>(output * places + place);
    classes.push_back(class_of(model, output));
    features.push_back(feature == nullptr ? std::string_view(intercept_name) : std::string_view(feature->name));
    categories.push_back(category == nullptr ? std::string_view() : std::string_view(*category), category == nullptr);
    coefficients.push_back(original[at]);
    standardized.push_back(feature == nullptr ? model.coefficients[at] : original[at] * model.encoding.spread_of(place));
    if (ratios != nullptr) ratios->push_back(base::exp(original[at]));
  };
  for (int output = 0; output < model.outputs; ++output) {
    add(output, model.encoding.intercept());
    for (std::int64_t place = 0; place < places; ++place)
      if (place != model.encoding.intercept()) add(output, place);
  }
  return table;
}

data::Schema coefficient_schema(bool odds) {
  return coefficient_table(no_model(), odds).schema();
}

TableBuilder fit_history_table(const linear::LinearFit& fit, const linear::LinearModel& model) {
  TableBuilder table;
  auto& classes = table.optional_strings("class");
  auto& iterations = table.int64s("iteration");
  auto& objectives = table.float64s("objective");
  auto& norms = table.float64s("gradient_norm");
  auto& steps = table.float64s("step");
  auto& products = table.int64s("products");
  for (const auto& row : fit.history) {
    // Softmax has one history for all classes.
    const bool shared = model.probabilities && model.outputs > 1;
    classes.push_back(shared ? std::string_view() : std::string_view(class_of(model, row.output)), shared);
    iterations.push_back(row.iteration);
    objectives.push_back(row.objective);
    norms.push_back(row.gradient_norm);
    steps.push_back(row.step);
    products.push_back(row.products);
  }
  return table;
}

data::Schema fit_history_schema() {
  return fit_history_table({}, no_model()).schema();
}

}  // namespace fullbase::jobs
