// SIGTERM, SIGINT, SIGUSR1 and SIGHUP ask a run to stop. Loops of local work look at the request for themselves
// (parallel/stop.hpp); here is what ranks do together where they can stop in good order.
#pragma once

#include <csignal>

#include "comm/communicator.hpp"

namespace fullbase::runtime {

inline constexpr int stop_signals[4] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};

/// Turns these signals, SIGHUP unless it is ignored, into parallel::request_stop() from construction to destruction, one
/// object at a time in a process. A second SIGINT ends the process at once, for a person at a terminal.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct sigaction before_[4] = {};
};

/// The same to the end of the process, for a rank: one that has done its part, by a signal that another one had, may be sent the
/// same a moment later. That must neither change how it ends nor keep the others from their leave.
void stop_by_signals();

/// Collective: throws the same error of kind `stopped` on every rank if any rank was asked to stop. One 8-byte reduction.
void stop_if_asked(comm::Communicator& communicator);

}  // namespace fullbase::runtime
