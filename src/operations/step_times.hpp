// How long planned steps will take: their work at a machine's pace, put right by what a past run took.
#pragma once

#include <optional>
#include <vector>

#include "operations/planning.hpp"
#include "runtime/forecast.hpp"

namespace fullbase::operations {

/// The work of a planned step; nothing where its inputs' sizes are not known.
struct StepWork {
  std::optional<runtime::Forecast> now = {};
  std::optional<runtime::Forecast> then = {};  ///< of the same step, with the same options, in the past run, on its ranks
};

/// Fills in seconds and their source; `work` as `steps`, settings with a pace. A step whose work is not known has no time. Where
/// the past run has the step, the time is its own, times the ratio of both works at this pace; where it has steps of its kind
/// alone, the pace's time, times the (geometric) mean by which theirs were missed; else the pace's time.
void tell_times(std::vector<PlannedStep>& steps, const std::vector<StepWork>& work, const PlanSettings& settings);

}  // namespace fullbase::operations
