// What a k-means step leaves for the next night: the table `origin`, and a model read back from the tables of a previous output.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/transform.hpp"
#include "algorithms/prepare/transform_fit.hpp"
#include "data/batch.hpp"
#include "data/schema.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// A model of the night before, with d columns.
struct PreviousModel {
  std::vector<std::int64_t> segments;          ///< numbers, ascending
  std::vector<double> centroids;               ///< segments x d, in the columns' own units
  std::vector<double> scaled;                  ///< the same as its transforms made them
  std::vector<prepare::FittedColumn> columns;  ///< its transforms as they were fitted
  std::optional<std::int64_t> as_of;           ///< of the night on which it was fitted

  int clusters() const noexcept { return static_cast<int>(segments.size()); }
};

/// How a step came to its model.
struct ModelOrigin {
  std::optional<std::int64_t> as_of;
  std::int64_t k = 0;
  std::string start;  ///< "afresh", "given", "previous" (centroids, from which it was fitted), "applied" (as it was)
};
data::Schema origin_schema();
data::Batch origin_table(const ModelOrigin& origin);

/// Reports what of the step's tables in the previous output does not fit: `row` is the result's first column, `columns` are those
/// that it is made from, `k` the numbers of segments to choose from.
void check_previous_model(runtime::CheckContext& context, const data::Field& row, std::span<const prepare::ColumnPlan> columns,
                          std::span<const std::int64_t> k);

/// Collective; the same on every rank. Nothing on a first night. Throws a job-file error for other transforms than the plans'.
std::optional<PreviousModel> read_previous_model(runtime::StepContext& context, std::span<const prepare::ColumnPlan> plans);

/// Centroids in own units as `transforms` make them. Throws a job-file error at steps.<id>.<option> for one that they make no
/// place of; the same on every rank.
std::vector<double> scaled_centroids(const runtime::StepContext& context, const prepare::FittedTransforms& transforms,
                                     std::span<const double> centroids, const char* option, const char* advice);

}  // namespace fullbase::jobs
