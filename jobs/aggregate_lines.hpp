// What aggregate steps say of lines that take no part.
#pragma once

#include "algorithms/tables/aggregate.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// Counts them in the step's record. Throws an input error, on every rank alike, where all are left out for their time.
void note_left_out(runtime::StepContext& context, const tables::AggregateOptions& options, const tables::Aggregate& aggregate);

}  // namespace fullbase::jobs
