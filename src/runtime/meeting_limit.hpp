// How long ranks wait for each other where no watchdog can look after them: before there is one, and when it has gone.
#pragma once

#include <chrono>
#include <string_view>

#include "runtime/progress.hpp"

namespace fullbase::runtime {

/// A rank that waits in MPI_Init or MPI_Finalize for one that is stopped or cut off would wait forever. While a wait is bounded
/// this process ends itself when the limit is over: with one line, in this format, that says so (rank 0; others wait 5 s longer,
/// and speak if rank 0 could not) and exit code 74, which ends the job. By SIGALRM; where this process itself is stopped, which
/// hears no such signal, and nobody waits for it any more but the launcher, by SIGKILL, 7 s after the limit. One object at a time
/// in a process.
class MeetingLimit {
 public:
  /// The environment's FULLBASE_MEETING_LIMIT ("30s", "5m"), else 45 s: a job that cannot meet has then ended within 60 s, with
  /// what the launcher takes. 0: no limit. Throws a usage error for anything else, on rank 0.
  MeetingLimit(int rank, LogFormat format);

  /// From here on the limit runs, to the end of the process unless the wait is over() before; `what` for "the ranks did not
  /// <what> within 45 s".
  void bound(std::string_view what) const;
  /// 0: there is none.
  std::chrono::seconds limit() const noexcept { return limit_; }
  /// The ranks have met.
  void over() const noexcept;

 private:
  int rank_;
  LogFormat format_;
  std::chrono::seconds limit_{45};
};

}  // namespace fullbase::runtime
