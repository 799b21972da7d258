#include "algorithms/prepare/transform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "base/math.hpp"

namespace fullbase::prepare {
namespace {

using Kind = Transform::Kind;

constexpr std::array<std::string_view, 11> transform_names = {"impute mean",  "impute median", "impute constant", "impute drop",
                                                              "impute error", "log1p",         "asinh",           "clip",
                                                              "standardize",  "minmax",        "robust"};

double sinh(double y) {
  const double e = base::expm1(std::abs(y));
  const double positive = std::isinf(e) ? e : (e + e / (e + 1)) / 2;
  return std::copysign(positive, y);
}

}  // namespace

std::string_view transform_name(Kind kind) noexcept {
  return transform_names[static_cast<std::size_t>(kind)];
}

void FittedTransform::forward(std::span<double> values) const {
  switch (transform.kind) {
    case Kind::impute_mean:
    case Kind::impute_median:
    case Kind::impute_constant:
      for (double& x : values) x = std::isnan(x) ? fill : x;
      return;
    case Kind::impute_drop:
    case Kind::impute_error:
      return;
    case Kind::log1p:
      return base::log1p(values, values);
    case Kind::asinh:
      return base::asinh(values, values);
    case Kind::clip:
      for (double& x : values) x = std::isnan(x) ? x : std::clamp(x, transform.low, transform.high);
      return;
    case Kind::standardize:
    case Kind::minmax:
    case Kind::robust:
      for (double& x : values) x = (x - shift) / scale;
  }
}

double FittedTransform::inverse(double y) const noexcept {
  switch (transform.kind) {
    case Kind::log1p:
      return base::expm1(y);
    case Kind::asinh:
      return sinh(y);
    case Kind::standardize:
    case Kind::minmax:
    case Kind::robust:
      return y * scale + shift;
    default:
      return y;
  }
}

bool FittedColumn::is_filled() const noexcept {
  return std::ranges::any_of(transforms, [](const FittedTransform& t) { return t.transform.kind <= Kind::impute_constant; });
}

double FittedColumn::inverse(double y) const noexcept {
  for (auto t = transforms.rbegin(); t != transforms.rend(); ++t) y = t->inverse(y);
  return y;
}

data::Batch parameter_table(std::span<const FittedColumn> columns) {
  constexpr double none = data::missing_float64;
  data::Strings column_names;
  data::Strings transforms;
  std::vector<std::int64_t> order;
  std::array<std::vector<double>, 5> numbers;  // fill, shift, scale, low, high
  for (const FittedColumn& column : columns) {
    std::int64_t place = 0;
    for (const FittedTransform& fitted : column.transforms) {
      const Kind kind = fitted.transform.kind;
      const bool fills = kind <= Kind::impute_constant;
      const bool scales = kind >= Kind::standardize;
      const bool clips = kind == Kind::clip;
      column_names.push_back(column.column);
      transforms.push_back(transform_name(kind));
      order.push_back(place++);
      numbers[0].push_back(fills ? fitted.fill : none);
      numbers[1].push_back(scales ? fitted.shift : none);
      numbers[2].push_back(scales ? fitted.scale : none);
      numbers[3].push_back(clips ? fitted.transform.low : none);
      numbers[4].push_back(clips ? fitted.transform.high : none);
    }
  }
  data::Batch table{.rows = {0, std::ssize(order)}, .columns = {}};
  table.columns.emplace_back(data::Field{.name = "column", .type = data::Type::string}, std::move(column_names));
  table.columns.emplace_back(data::Field{.name = "order", .type = data::Type::int64}, std::move(order));
  table.columns.emplace_back(data::Field{.name = "transform", .type = data::Type::string}, std::move(transforms));
  constexpr std::array<const char*, 5> number_names = {"fill", "shift", "scale", "low", "high"};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    data::Field field{.name = number_names[i], .type = data::Type::float64, .nullable = true};
    table.columns.emplace_back(std::move(field), std::move(numbers[i]));
  }
  return table;
}

std::vector<FittedColumn> fitted_columns(const data::Batch& parameters, std::span<const std::string> names,
                                         const std::string& where) {
  std::vector<FittedColumn> columns;
  for (const auto& name : names) columns.push_back({.column = name});
  for (std::int64_t row = 0; row < parameters.rows.size(); ++row) {
    const auto column = std::ranges::find(columns, parameters.at("column").text(row), &FittedColumn::column);
    const auto kind = std::ranges::find(transform_names, parameters.at("transform").text(row));
    if (column == columns.end() || kind == transform_names.end() ||
        parameters.at("order").int64s()[static_cast<std::size_t>(row)] != std::ssize(column->transforms))
      throw base::input_error(fmt::format("row {} names no transform of this program's", row), where);
    const auto number = [&](const char* name) { return parameters.at(name).number(row); };
    FittedTransform fitted;
    fitted.transform.kind = static_cast<Kind>(kind - transform_names.begin());
    if (fitted.transform.kind <= Kind::impute_constant) fitted.fill = number("fill");
    if (fitted.transform.kind == Kind::impute_constant) fitted.transform.constant = fitted.fill;
    if (fitted.transform.kind >= Kind::standardize) {
      fitted.shift = number("shift");
      fitted.scale = number("scale");
    }
    if (fitted.transform.kind == Kind::clip) {
      fitted.transform.low = number("low");
      fitted.transform.high = number("high");
    }
    column->transforms.push_back(fitted);
  }
  return columns;
}

std::string transforms_text(std::span<const Transform> transforms) {
  std::string text;
  for (const auto& transform : transforms) {
    if (!text.empty()) text += ", ";
    text += transform_name(transform.kind);
    if (transform.kind == Kind::impute_constant) text += fmt::format(" {}", transform.constant);
    if (transform.kind == Kind::clip) text += fmt::format(" [{}, {}]", transform.low, transform.high);
  }
  return text.empty() ? "none" : text;
}

void check_plan(const ColumnPlan& plan, const data::Schema& schema) {
  const data::Field& field = schema[schema.at(plan.column, {})];
  const auto refuse = [&](std::string advice) {
    throw base::job_file_error(fmt::format("column '{}' is of type {}, not a number", field.name, data::type_text(field)), {},
                               std::move(advice));
  };
  switch (field.type) {
    case data::Type::category:
    case data::Type::string:
      refuse(fmt::format("derive a number from it in a select step, such as if({} = 'A', 1, 0)", field.name));
      break;
    case data::Type::timestamp:
    case data::Type::date:
      refuse(fmt::format("derive a number from it in a select step, such as days(as_of - {})", field.name));
      break;
    default:
      break;
  }
  int imputes = 0;
  for (const Transform& transform : plan.transforms) {
    if (transform.kind == Kind::clip && !(transform.low <= transform.high)) {
      throw base::job_file_error(
          fmt::format("clip of '{}' has no range from {} to {}", field.name, transform.low, transform.high));
    }
    if (transform.kind == Kind::impute_constant && !std::isfinite(transform.constant)) {
      throw base::job_file_error(fmt::format("impute of '{}' needs a finite constant", field.name));
    }
    if (transform.imputes() && ++imputes > 1) {
      throw base::job_file_error(fmt::format("'{}' is imputed twice", field.name), {}, "keep one impute");
    }
  }
}

}  // namespace fullbase::prepare
