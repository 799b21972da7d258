// SIGTERM, SIGINT, SIGUSR1 and SIGHUP ask a run to stop. Loops of local work look at the request for themselves
// (parallel/stop.hpp); here is what ranks do together where they can stop in good order.
#pragma once

#include <csignal>

#include "comm/communicator.hpp"

namespace fullbase::runtime {

inline constexpr int stop_signals[4] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};

/// From here to the end of the process these signals are parallel::request_stop(); SIGHUP unless it is ignored. A second SIGINT
/// ends the process at once, for a person at a terminal. To the very end, for a rank that has done its part, by a signal that
/// another one had, may be sent the same a moment later: that must neither change how it ends nor keep the others from their
/// leave.
void stop_by_signals();

/// Collective: throws the same error of kind `stopped` on every rank if any rank was asked to stop. One 8-byte reduction.
void stop_if_asked(comm::Communicator& communicator);

}  // namespace fullbase::runtime
