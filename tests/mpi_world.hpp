// The communicator of a test that runs under mpirun. Every rank runs every test, in the same order.
#pragma once

#include "comm/communicator.hpp"

namespace fullbase::testing {

/// All ranks of this run; from tests/mpi_main.cpp.
comm::Communicator& world();

}  // namespace fullbase::testing
