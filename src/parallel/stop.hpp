// A request that this process's work end early. Loops look at it, so that no long pass over the data outlives the patience of
// whoever asked.
#pragma once

#include <chrono>

#include "base/error.hpp"

namespace fullbase::parallel {

/// Asks for an end because of `signal`; 0 takes the request back. Safe in a signal handler.
void request_stop(int signal) noexcept;
/// The signal of the request; 0: none.
int requested_stop() noexcept;

/// "stopped by signal 15 (TERM)", kind `stopped`.
base::Error stopped_error(int signal);

/// How long work goes on after a request: no time, for good, or something between (unstoppable.hpp).
using Patience = std::chrono::nanoseconds;
inline constexpr Patience at_once{0};
inline constexpr Patience for_good = Patience::max();

/// While it lives, this thread's loops (for_each and what is made of it) and stop_point() end with stopped_error() once a stop is
/// requested. comm::collective_try makes one around local work, whose errors become every rank's; between the collectives of a
/// stage there is none, so that no rank leaves the others waiting.
class Stoppable {
 public:
  /// Of one in another: the longer patience.
  explicit Stoppable(Patience patience = at_once) noexcept;
  ~Stoppable();
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;

  /// This thread's patience; for good where it is within none.
  static Patience here() noexcept;

 private:
  bool stoppable_before_;
  Patience patience_before_;
};

/// For long work within one item of a loop, and for work without loops. One load; a look at the clock once a stop is requested.
void stop_point();

}  // namespace fullbase::parallel
