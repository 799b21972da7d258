#include "jobs/transforms.hpp"

#include <fmt/format.h>

#include <variant>

#include "config/tagged.hpp"
#include "jobs/expressions.hpp"

namespace fullbase::jobs {
namespace {

using prepare::Transform;
using Kind = Transform::Kind;

// One type a spelling: that is how config tells alternatives apart.
template <Kind kind>
struct Plain {};
struct Constant {
  double value = 0;
};
struct Clip {
  std::pair<double, double> range = {};
};
using Impute = std::variant<Plain<Kind::impute_mean>, Plain<Kind::impute_median>, Constant, Plain<Kind::impute_drop>,
                            Plain<Kind::impute_error>>;
using Written = std::variant<Impute, Plain<Kind::log1p>, Plain<Kind::asinh>, Clip, Plain<Kind::standardize>, Plain<Kind::minmax>,
                             Plain<Kind::robust>>;

struct ToTransform {
  template <Kind kind>
  Transform operator()(Plain<kind>) const {
    return {.kind = kind};
  }
  Transform operator()(Constant constant) const { return {.kind = Kind::impute_constant, .constant = constant.value}; }
  Transform operator()(Clip clip) const { return {.kind = Kind::clip, .low = clip.range.first, .high = clip.range.second}; }
  Transform operator()(const Impute& impute) const { return std::visit(*this, impute); }
};

Written written(const Transform& transform) {
  switch (transform.kind) {
    case Kind::impute_mean:
      return Impute(Plain<Kind::impute_mean>());
    case Kind::impute_median:
      return Impute(Plain<Kind::impute_median>());
    case Kind::impute_constant:
      return Impute(Constant{transform.constant});
    case Kind::impute_drop:
      return Impute(Plain<Kind::impute_drop>());
    case Kind::impute_error:
      return Impute(Plain<Kind::impute_error>());
    case Kind::log1p:
      return Plain<Kind::log1p>();
    case Kind::asinh:
      return Plain<Kind::asinh>();
    case Kind::clip:
      return Clip{{transform.low, transform.high}};
    case Kind::standardize:
      return Plain<Kind::standardize>();
    case Kind::minmax:
      return Plain<Kind::minmax>();
    case Kind::robust:
      return Plain<Kind::robust>();
  }
  throw base::internal_error("a transform of no known kind");
}

config::Form<Impute> impute_form() {
  return config::Tagged<Impute>("impute")
      .name<Plain<Kind::impute_mean>>("mean", "The mean of the other values.")
      .name<Plain<Kind::impute_median>>("median", "Their median.")
      .argument<Constant>("constant", "A number.", &Constant::value)
      .name<Plain<Kind::impute_drop>>("drop", "The row is left out, and counted.")
      .name<Plain<Kind::impute_error>>("error", "A missing value is an error; so it is without any impute.")
      .form();
}

}  // namespace

config::Form<Transform> transform_form() {
  return config::converted<Transform, Written>(
      config::Tagged<Written>("transform")
          .argument<Impute>("impute", "What a missing value becomes.", impute_form())
          .name<Plain<Kind::log1p>>("log1p", "ln(1 + x).")
          .name<Plain<Kind::asinh>>("asinh", "Like a logarithm on both sides of 0.")
          .argument<Clip>("clip", "Cut to [low, high].", &Clip::range, config::infinity_allowed())
          .name<Plain<Kind::standardize>>("standardize", "Mean 0, standard deviation 1.")
          .name<Plain<Kind::minmax>>("minmax", "Least 0, greatest 1.")
          .name<Plain<Kind::robust>>("robust", "Median 0, interquartile range 1.")
          .form(),
      [](const Written& value, const config::Position&, config::Diagnostics&) {
        return std::optional<Transform>(std::visit(ToTransform(), value));
      },
      written);
}

std::vector<prepare::ColumnPlan> check_columns(runtime::CheckContext& context, const ColumnTransforms& columns) {
  std::vector<prepare::ColumnPlan> plans;
  for (const auto& [name, transforms] : columns) {
    const std::string path = "columns." + name;
    prepare::ColumnPlan plan{name, transforms};
    if (!context.column(path, name)) continue;
    if (reported(context, path, [&] { prepare::check_plan(plan, context.input()); })) plans.push_back(std::move(plan));
  }
  return plans;
}

void note_filled(runtime::StepContext& context, const prepare::FittedTransforms& transforms) {
  for (const auto& column : transforms.columns) {
    if (column.is_filled()) context.note("imputed_" + column.column, column.missing + column.infinite);
  }
}

data::Schema parameter_schema() {
  data::Schema schema;
  for (const auto& column : prepare::parameter_table({}).columns) schema.fields.push_back(column.field());
  return schema;
}

}  // namespace fullbase::jobs
