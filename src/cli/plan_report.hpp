// What `fullbase plan` prints.
#pragma once

#include <ostream>

#include "operations/planning.hpp"

namespace fullbase::cli {

/// A line a step, then the sums and what they rest on. "~" stands before what follows the last run or is like what is there, "<="
/// before bounds.
void print_plan_text(const operations::Plan& plan, const operations::PlanSettings& settings, std::ostream& out);
/// One object: docs/format.md lists its members.
void print_plan_json(const operations::Plan& plan, const operations::PlanSettings& settings, std::ostream& out);

}  // namespace fullbase::cli
