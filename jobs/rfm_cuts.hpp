// The table `cuts` of an rfm step: where scores begin, exactly as the next night can score by it again.
#pragma once

#include <cstdint>

#include "algorithms/value/rfm.hpp"
#include "data/batch.hpp"
#include "data/schema.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// measure ("recency_days", "frequency", "monetary"), score, bound: `frequency` and `monetary` above the bound, `recency_days`
/// below it, score more than `score`. A measure without values has no rows.
data::Batch cuts_table(const value::RfmCuts& cuts);
data::Schema cuts_schema();

/// Reports at `cuts` if the previous output's table of that name looks otherwise.
void check_cuts(runtime::CheckContext& context);

/// Collective: the cuts of the step's last night; empty ones on a first night. Throws a job-file error if they are those of
/// another number of scores.
value::RfmCuts last_cuts(runtime::StepContext& context, std::int64_t scores);

}  // namespace fullbase::jobs
