// How a job file writes the transforms of a column: `log1p`, `{clip: [0, 10]}`, `{impute: {constant: 1000}}`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "algorithms/prepare/transform.hpp"
#include "algorithms/prepare/transform_fit.hpp"
#include "config/description.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// `columns:` of a job: name -> transforms in order; `[]` takes the column as it is.
using ColumnTransforms = std::vector<std::pair<std::string, std::vector<prepare::Transform>>>;

config::Form<prepare::Transform> transform_form();

/// The plans, checked against the input's schema; mistakes are reported at "columns.<name>".
std::vector<prepare::ColumnPlan> check_columns(runtime::CheckContext& context, const ColumnTransforms& columns);

/// Notes for the manifest how many values of which column were missing (or infinite) and filled: `imputed_<column>`.
void note_filled(runtime::StepContext& context, const prepare::FittedTransforms& transforms);

/// The schema of prepare::parameter_table().
data::Schema parameter_schema();

}  // namespace fullbase::jobs
