#include "jobs/aggregate_lines.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/time.hpp"

namespace fullbase::jobs {

void note_left_out(runtime::StepContext& context, const tables::AggregateOptions& options, const tables::Aggregate& aggregate) {
  if (aggregate.rows() == 0 && aggregate.after_as_of() > 0) {
    throw base::input_error(
        fmt::format("no line lies before {}, where the windows end", base::format_timestamp(*context.environment().as_of)),
        fmt::format("{}.{}", context.input().name(), options.time), "set as_of to a later date")
        .known_to_all();
  }
  context.left_out("where does not hold", aggregate.filtered());
  context.left_out("key missing", aggregate.missing_key());
  if (options.time.empty()) return;
  context.left_out("time missing", aggregate.missing_time());
  context.left_out("at or after as_of", aggregate.after_as_of());
}

}  // namespace fullbase::jobs
