// Preloaded into ranks (LD_PRELOAD): the rank of FULLBASE_TEST_STOPS stops itself, as by SIGSTOP, when it is about to take leave of MPI.
#include <csignal>
#include <cstdlib>
#include <cstring>

extern "C" {
int PMPI_Finalize();

int MPI_Finalize() {
  const char* const stops = std::getenv("FULLBASE_TEST_STOPS");
  const char* const own = std::getenv("OMPI_COMM_WORLD_RANK");
  if (stops != nullptr && own != nullptr && std::strcmp(stops, own) == 0) std::raise(SIGSTOP);
  return PMPI_Finalize();
}
}
