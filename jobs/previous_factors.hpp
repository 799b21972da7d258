// The factors of the night before, from which a fit goes on.
#pragma once

#include <optional>

#include "algorithms/recommendation/factor_tables.hpp"
#include "algorithms/recommendation/read_interactions.hpp"
#include "data/schema.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// Reports a previous output whose factors of this step are of another shape or have keys of another kind than tonight's. One
/// without any is a warning.
void check_previous_factors(runtime::CheckContext& context, const data::Field& customer, const data::Field& item,
                            const recommendation::FactorsShape& shape);

/// Collective. Those of the customers and items of the matrix; nothing on a first night. Notes how many of them are known.
/// Errors and memory as read_factors().
std::optional<recommendation::FactorsBefore> read_previous_factors(runtime::StepContext& context,
                                                                   const recommendation::InteractionsRead& read);

}  // namespace fullbase::jobs
