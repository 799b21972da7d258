// Notices a rank that has stopped, and brings the ends of a failed job together. A rank stuck in a collective looks busy to all
// others, so each rank has a thread of its own that talks to rank 0's over a TCP socket beside MPI.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/error.hpp"
#include "comm/communicator.hpp"

namespace fullbase::runtime {
namespace watch {
class RootSide;
class GuardedSide;
}  // namespace watch

struct WatchdogSettings {
  std::chrono::milliseconds silence_limit{60'000};  ///< a rank that is silent for longer ends the job
  std::chrono::milliseconds failure_grace{10'000};  ///< how long a failed rank waits for the others to fail likewise
};

class Watchdog {
 public:
  /// Ends the whole job with this error: prints it and calls MpiSession::abort. Called on a watchdog thread or from settle(), at
  /// most once a rank.
  using EndJob = std::function<void(const base::Error&)>;

  /// Collective. Rank 0 listens on a free port; the others connect to it and prove themselves with a random token that came
  /// through the communicator. A rank that cannot connect is not watched: unwatched() says so, the run goes on. With one rank
  /// nothing is started.
  Watchdog(comm::Communicator& communicator, const WatchdogSettings& settings, EndJob end_job);
  /// Takes leave: from here on this rank is not watched. Not collective.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// The same settings on every rank from here on; not collective.
  void set_silence_limit(std::chrono::milliseconds limit);

  /// The lowest rank that could not connect to rank 0; -1: all are watched.
  int unwatched() const noexcept { return unwatched_; }

  /// For a rank whose work ended with `mine`. Agreed errors reach every rank; one that is not known to all leaves others in a
  /// collective forever. Returns the lowest failing rank's error once all ranks have failed or left; otherwise the job is ended
  /// with the lowest failing rank's error after failure_grace (the call returns `mine` if EndJob does).
  base::Error settle(const base::Error& mine);

 private:
  EndJob end_job_;
  std::unique_ptr<watch::RootSide> root_;        ///< on rank 0
  std::unique_ptr<watch::GuardedSide> guarded_;  ///< on every other rank that is watched
  int ranks_ = 1;
  int unwatched_ = -1;
};

}  // namespace fullbase::runtime
