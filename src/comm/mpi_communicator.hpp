// The one transport between processes. Private to src/comm; others get it from an MpiSession.
#pragma once

#include <memory>

#include "comm/communicator.hpp"

namespace fullbase::comm {

/// A duplicate of MPI_COMM_WORLD, so that nothing else in the process can meet its messages. MPI must be initialised; call on the
/// thread that will communicate. Collective. A failed MPI call ends the whole job with one message and exit code 74.
std::unique_ptr<Communicator> mpi_world();

}  // namespace fullbase::comm
