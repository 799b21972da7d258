// A factorisation as a part of a step.
#pragma once

#include <functional>
#include <optional>

#include "algorithms/recommendation/als.hpp"
#include "jobs/step_part.hpp"

namespace fullbase::jobs {

/// Collective. recommendation::fit_als() with the step's key "factors", which ends a round of the step after each iteration, and
/// goes on where a run was broken off.
recommendation::Factors fit_factors(StepPart& part, recommendation::Interactions& interactions,
                                    const recommendation::AlsOptions& options,
                                    std::optional<recommendation::FactorsBefore> before,
                                    const std::function<Round(const recommendation::AlsRound&)>& describe);

}  // namespace fullbase::jobs
