// Ways to get a communicator.
#pragma once

#include <functional>
#include <memory>

#include "comm/communicator.hpp"

namespace fullbase::comm {

/// One rank, no transport.
std::unique_ptr<Communicator> single();

/// Runs `body` once per rank with `ranks` threads as ranks, and waits for all. If ranks throw, the lowest rank's exception is
/// rethrown; ranks that wait in a collective for one that has thrown are released with an error. For tests.
void run_threads(int ranks, const std::function<void(Communicator&)>& body);

/// MPI_Init_thread (FUNNELED, asserted) and MPI_COMM_WORLD. One at a time in a process; MPI_Finalize when it goes, except while
/// an exception is unwinding, when it aborts the job instead. Without mpirun it is a world of one.
class MpiSession {
 public:
  MpiSession(int& argc, char**& argv);
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  Communicator& world() noexcept { return *world_; }
  /// Ends every rank of the job at once with this exit code; for errors that not every rank knows of.
  [[noreturn]] void abort(int exit_code) noexcept;

 private:
  std::unique_ptr<Communicator> world_;
  int exceptions_ = 0;
};

}  // namespace fullbase::comm
