// What linear models are read in: coefficients, and how their fit went.
#pragma once

#include <cstdint>
#include <string>

#include "algorithms/linear/fit.hpp"
#include "algorithms/linear/linear_scorer.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {

/// class (whose score it is), feature, category (missing: a number's), coefficient (of the feature's own unit),
/// standardized_coefficient (of a deviation of the column; the intercept's where all numbers are at their means and no category
/// is there), and with `odds` odds_ratio, exp(coefficient). A row for each class and place, the intercept's first; its feature is
/// "(intercept)".
TableBuilder coefficient_table(const linear::LinearModel& model, bool odds);
data::Schema coefficient_schema(bool odds);

/// class, iteration (0: the start), objective, gradient_norm, step, products: a row an iteration.
TableBuilder fit_history_table(const linear::LinearFit& fit, const linear::LinearModel& model);
data::Schema fit_history_schema();

/// "age", "country = France", "(intercept)".
std::string place_name(const linear::LinearModel& model, std::int64_t place);

}  // namespace fullbase::jobs
