// The tables of a drift step.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/compare/group_labels.hpp"
#include "algorithms/compare/population_stability.hpp"
#include "algorithms/compare/transitions.hpp"
#include "data/batch.hpp"
#include "data/schema.hpp"

namespace fullbase::jobs {

/// "stable" below 0.1, "moderate" below 0.25, else "shifted"; empty for NaN.
std::string_view level_of(double index);

/// column, psi, level, rows_before, rows_after, missing_before, missing_after (shares), mean_before, mean_after; `by` adds
/// `within` after the column, the value within which rows are compared, missing for all rows.
data::Schema drift_schema(bool by);
/// `groups` may be null where there are none.
data::Batch drift_table(const std::vector<compare::ColumnStability>& columns, const compare::GroupLabels* groups, bool by);

/// column, bin, kind ("range", "value", "others", "missing"), lower, upper, value, rows_before, rows_after, share_before,
/// share_after.
data::Schema bins_schema();
data::Batch bins_table(const std::vector<compare::ColumnStability>& columns);

/// from, to, customers, share (of those with the same `from`): customers who went from one segment to another. From "new" are
/// those who were not there before, to "gone" those who are not there tonight; "missing" are those without a segment.
data::Schema transitions_schema();
data::Batch transitions_table(const compare::TransitionTable& table, data::Type segment);

}  // namespace fullbase::jobs
