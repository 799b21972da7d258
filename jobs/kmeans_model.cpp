#include "jobs/kmeans_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "algorithms/clustering/column_statistics.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "jobs/transforms.hpp"
#include "runtime/previous.hpp"

namespace fullbase::jobs {
namespace {

std::string go_back(const std::string& step) {
  return fmt::format("write it as it was, or begin anew for one night with --set steps.{}.anew=true", step);
}

std::vector<std::string> names_of(std::span<const prepare::ColumnPlan> plans) {
  std::vector<std::string> names;
  for (const auto& plan : plans) names.push_back(plan.column);
  return names;
}

/// A whole table, small, on every rank.
data::Batch whole(runtime::StepContext& context, const std::string& name) {
  const auto* const table = context.previous_table(name);
  return comm::collective_try(context.communicator(), "model", [&] {
    if (table == nullptr)
      throw base::input_error(fmt::format("the previous output has no table {}", name), {}, go_back(context.step_id()));
    std::vector<int> columns(static_cast<std::size_t>(table->schema().columns()));
    std::iota(columns.begin(), columns.end(), 0);
    return table->read({0, table->rows()}, columns);
  });
}

std::vector<double> values_of(const data::Batch& table, std::span<const std::string> names) {
  std::vector<double> values;
  for (std::int64_t row = 0; row < table.rows.size(); ++row) {
    for (const auto& name : names) values.push_back(table.at(name).number(row));
  }
  return values;
}

}  // namespace

data::Schema origin_schema() {
  data::Schema schema;
  schema.fields = {{.name = "as_of", .type = data::Type::timestamp, .nullable = true},
                   {.name = "k", .type = data::Type::int64},
                   {.name = "start", .type = data::Type::string}};
  return schema;
}

data::Batch origin_table(const ModelOrigin& origin) {
  const auto schema = origin_schema();
  data::Strings start;
  start.push_back(origin.start);
  data::Batch batch{.rows = {0, 1}, .columns = {}};
  batch.columns.emplace_back(schema[0], std::vector<std::int64_t>{origin.as_of.value_or(data::missing_int64)});
  batch.columns.emplace_back(schema[1], std::vector<std::int64_t>{origin.k});
  batch.columns.emplace_back(schema[2], std::move(start));
  return batch;
}

void check_previous_model(runtime::CheckContext& context, const data::Field& row, std::span<const prepare::ColumnPlan> columns,
                          std::span<const std::int64_t> k) {
  if (context.previous() == nullptr) return;
  const auto& id = context.step_id();
  const auto* const rows = context.previous()->find(id);
  if (rows == nullptr) {
    context.warn("", fmt::format("the previous output has no table {}: segments begin anew", id));
    return;
  }
  for (const auto* const name : {"centroids", "scaled_centroids", "transforms", "origin"}) {
    if (context.previous()->find(id + "/" + name) != nullptr) continue;
    context.error(
        "", fmt::format("the previous output's {} is no k-means step's of this version: it has no table {}/{}", id, id, name),
        go_back(id));
    return;
  }
  const auto& before = rows->schema.fields.front();
  if (before.name != row.name || before.type != row.type)
    context.error("",
                  fmt::format("the previous output's {} has the key {} ({}), tonight's input has {} ({})", id, before.name,
                              data::type_text(before), row.name, data::type_text(row)),
                  go_back(id));
  const auto* const centroids = context.previous()->find(id + "/scaled_centroids");
  std::vector<std::string> used;
  for (int column = 1; column < centroids->schema.columns(); ++column) used.push_back(centroids->schema[column].name);
  if (const auto names = names_of(columns); used != names)
    context.error("columns",
                  fmt::format("the previous output's {} was made from the columns {}; tonight's are {}", id,
                              fmt::join(used, ", "), fmt::join(names, ", ")),
                  go_back(id));
  if (std::ranges::find(k, centroids->rows) == k.end())
    context.error("k",
                  fmt::format("the previous output's {} has {} segments, which is not among tonight's k", id, centroids->rows),
                  go_back(id));
}

std::optional<PreviousModel> read_previous_model(runtime::StepContext& context, std::span<const prepare::ColumnPlan> plans) {
  const auto& id = context.step_id();
  if (context.previous_table(id) == nullptr) return {};
  const auto names = names_of(plans);
  const auto own = whole(context, id + "/centroids");
  const auto scaled = whole(context, id + "/scaled_centroids");
  const auto origin = whole(context, id + "/origin");
  PreviousModel previous;
  const auto numbers = own.at("segment").int64s();
  previous.segments.assign(numbers.begin(), numbers.end());
  previous.centroids = values_of(own, names);
  previous.scaled = values_of(scaled, names);
  previous.columns =
      prepare::fitted_columns(whole(context, id + "/transforms"), names, context.previous()->path() + ":" + id + "/transforms");
  if (origin.rows.size() == 1 && !origin.at("as_of").is_missing(0)) previous.as_of = origin.at("as_of").int64s().front();

  for (std::size_t c = 0; c < plans.size(); ++c) {
    std::vector<prepare::Transform> before;
    for (const auto& fitted : previous.columns[c].transforms) before.push_back(fitted.transform);
    const auto was = prepare::transforms_text(before);
    const auto is = prepare::transforms_text(plans[c].transforms);
    if (was != is)
      throw base::job_file_error(
          fmt::format("the previous output's {} transformed the column by: {}; tonight's job by: {}", id, was, is),
          fmt::format("steps.{}.columns.{}", id, plans[c].column), go_back(id));
  }
  return previous;
}

std::vector<double> scaled_centroids(const runtime::StepContext& context, const prepare::FittedTransforms& transforms,
                                     std::span<const double> centroids, const char* option, const char* advice) {
  std::vector<double> scaled;
  const auto columns = transforms.columns.size();
  for (std::size_t i = 0; i < centroids.size(); ++i) {
    const auto& column = transforms.columns[i % columns];
    double value = centroids[i];
    for (const auto& transform : column.transforms) transform.forward(std::span(&value, 1));
    if (!(std::abs(value) <= static_cast<double>(clustering::greatest_magnitude_allowed)))
      throw base::job_file_error(fmt::format("the transforms of column {} make {} of {}, which is no place for a centroid",
                                             column.column, value, centroids[i]),
                                 fmt::format("steps.{}.{}[{}]", context.step_id(), option, i / columns), advice);
    scaled.push_back(value);
  }
  return scaled;
}

}  // namespace fullbase::jobs
