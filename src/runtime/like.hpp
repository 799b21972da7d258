// Steps that are like another one: `like: profile` takes over every key of that step's mapping that the step does not state
// itself.
#pragma once

#include "config/diagnostics.hpp"
#include "config/node.hpp"

namespace fullbase::runtime {

/// The tree of a job file in which every step that has `like` is written out: its own keys first, then those of the step that it
/// is like (which may be like another one in turn), whole values each; the key `like` is gone. Every key keeps the position where
/// it was written, so that a mistake in what was taken over points there. Reported at the `like`: a name that is no step's, a
/// circle, a `job` that is not the other step's; such a step is invalid in the result.
config::Node with_likes(const config::Node& root, config::Diagnostics& diagnostics);

}  // namespace fullbase::runtime
