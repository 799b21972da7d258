#include "cli/launcher.hpp"

#include <cstdlib>

#include "base/error.hpp"

namespace fullbase::cli {

Launcher Launcher::detect(const std::function<std::optional<std::string>(const char*)>& variable) {
  // mpirun of Open MPI; srun --mpi=pmix; srun --mpi=pmi2 and mpirun of MPICH.
  for (const char* const name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
    if (const auto rank = variable(name)) return {true, std::atoi(rank->c_str())};
  }
  const auto tasks = variable("SLURM_STEP_NUM_TASKS");
  if (tasks && std::atoi(tasks->c_str()) > 1 && variable("SLURM_PROCID"))
    throw base::usage_error("srun started " + *tasks + " tasks that know nothing of each other", {}, "run srun --mpi=pmix");
  return {};
}

}  // namespace fullbase::cli
