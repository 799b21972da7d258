#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "comm/mpi_communicator.hpp"

namespace fullbase::comm {
namespace {

/// Where all ranks share one machine, the library need not look for a network: that takes it 0.2 s of every start. What the user
/// has asked for stays.
void prefer_shared_memory() {
  const char* const ranks = std::getenv("OMPI_COMM_WORLD_SIZE");
  const char* const here = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  if (ranks != nullptr && here != nullptr && std::string_view(ranks) == here) ::setenv("OMPI_MCA_pml", "ob1", 0);
}

}  // namespace

MpiSession::MpiSession(int& argc, char**& argv) : exceptions_(std::uncaught_exceptions()) {
  int ran = 0;
  MPI_Initialized(&ran);
  FULLBASE_EXPECTS(ran == 0, "a process has one MPI session in its life");
  prefer_shared_memory();
  int provided = MPI_THREAD_SINGLE;
  if (MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS) {
    throw base::io_error("MPI did not start", "MPI_Init_thread", "run `ompi_info` and look at the host's MPI installation");
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  FULLBASE_EXPECTS(provided >= MPI_THREAD_FUNNELED, "MPI allows threads beside the one that communicates");
  world_ = mpi_world();
}

// MPI_Finalize waits for every rank. A rank that leaves by an exception would wait for ranks that wait for it.
MpiSession::~MpiSession() {
  if (std::uncaught_exceptions() > exceptions_) {
    std::fprintf(stderr, "fullbase: rank %d: an error left the MPI session; the job ends\n", world_->rank());
    abort(static_cast<int>(base::ErrorKind::internal));
  }
  world_.reset();
  MPI_Finalize();
}

void MpiSession::abort(int exit_code) noexcept {
  std::fflush(nullptr);
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::abort();
}

}  // namespace fullbase::comm
