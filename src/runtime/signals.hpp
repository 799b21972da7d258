// SIGTERM, SIGINT and SIGUSR1 ask a run to stop: a flag that ranks look at together where they can stop in good order.
#pragma once

#include <csignal>

#include "comm/communicator.hpp"

namespace fullbase::runtime {

/// Catches the three signals from construction to destruction, one object at a time in a process. A second SIGINT ends the
/// process at once, for a person at a terminal.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The signal that arrived at this rank; 0: none.
  static int received() noexcept;

 private:
  struct sigaction before_[3] = {};
};

/// Collective: throws the same error of kind `stopped` on every rank if any rank received a signal. One 8-byte reduction.
void stop_if_asked(comm::Communicator& communicator);

}  // namespace fullbase::runtime
