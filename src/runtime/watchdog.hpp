// Notices a rank that has stopped, and brings the ends of a failed job together. A rank stuck in a collective looks busy to all
// others, so each rank has a thread of its own that talks to rank 0's over a TCP socket beside MPI.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "comm/communicator.hpp"

namespace fullbase::runtime {
namespace watch {
class RootSide;
class GuardedSide;
}  // namespace watch

struct WatchdogSettings {
  std::chrono::milliseconds silence_limit{45'000};  ///< a rank that is silent for longer ends the job
  std::chrono::milliseconds failure_grace{10'000};  ///< how long a failed rank waits for the others to fail likewise
};

class Watchdog {
 public:
  /// Ends the whole job with this error: prints it and calls MpiSession::abort. Called on a watchdog thread or from settle(), at
  /// most once a rank.
  using EndJob = std::function<void(const base::Error&)>;

  /// Collective. Rank 0 listens on a free port; the others connect to it and prove themselves with a random token that came
  /// through the communicator. A rank counts as watched once rank 0 has answered it. One that is not, for whatever reason, is no
  /// error: warning() says so, the run goes on. With one rank nothing is started. Rank 0 needs a descriptor a rank, and raises
  /// its limit to what the system allows.
  Watchdog(comm::Communicator& communicator, const WatchdogSettings& settings, EndJob end_job);
  /// Takes leave: from here on this rank is not watched. Not collective.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// The same settings on every rank from here on; not collective.
  void set_silence_limit(std::chrono::milliseconds limit);

  /// The lowest rank that is not watched; -1: all are.
  int unwatched() const noexcept { return unwatched_; }
  /// On rank 0, what there is to say about ranks that are not watched; empty: nothing.
  std::string warning() const;

  /// For a rank whose work ended with `mine`. Agreed errors reach every rank; one that is not known to all leaves others in a
  /// collective forever. Returns the lowest failing rank's error once all ranks have failed or left; otherwise the job is ended
  /// with the lowest failing rank's error after failure_grace (the call returns `mine` if EndJob does). May be called again. A
  /// rank that is not watched ends the job at once, unless all know the error.
  base::Error settle(const base::Error& mine);

  /// Takes leave, and returns when rank 0 has too or is gone: having published, or failed, it may remove files for as long as
  /// that takes. If it falls silent meanwhile, the job is ended. Returns at once on rank 0 and on a rank that is not watched. Not
  /// collective.
  void wait_for_root();

 private:
  /// Rank 0: what the others need to connect.
  std::string invite(const WatchdogSettings& settings);
  /// Another rank: false if it stays unwatched.
  bool connect(int rank, const std::string& invitation, const WatchdogSettings& settings);

  EndJob end_job_;
  std::unique_ptr<watch::RootSide> root_;        ///< on rank 0
  std::unique_ptr<watch::GuardedSide> guarded_;  ///< on every other rank that is watched
  int ranks_ = 1;
  int unwatched_ = -1;
  std::string cannot_listen_;  ///< why, on rank 0
};

}  // namespace fullbase::runtime
