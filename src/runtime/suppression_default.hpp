// `privacy.suppress`: what every published aggregate of a job has to keep, written out into the steps.
#pragma once

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "runtime/job_kind.hpp"

namespace fullbase::runtime {

/// The tree of a job file in which every published step of a kind that has the option `suppress`, and does not state it, has that
/// of `privacy.suppress`: unless it groups by the customer column, which makes it a table of customers and no aggregate.
/// Reported: a step whose own `suppress` lets smaller groups through.
config::Node with_suppression(const config::Node& root, const JobKinds& kinds, config::Diagnostics& diagnostics);

}  // namespace fullbase::runtime
