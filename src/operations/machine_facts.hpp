// What a rank finds where it runs: what `fullbase doctor` judges.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "runtime/resources.hpp"

namespace fullbase::operations {

/// Of one rank. Plain values, so that tests make their own.
struct MachineFacts {
  int rank = 0;
  std::string host;
  std::string program;  ///< SHA-256 of the executable
  std::string message_library;
  bool is_root_user = false;
  bool may_launch_as_root = false;  ///< Open MPI's two variables that allow it

  int neighbours = 1;       ///< ranks of this machine
  int cpus = 1;             ///< that this rank may use
  int neighbours_cpus = 1;  ///< that any rank of this machine may use
  int threads = 1;          ///< that a run would take
  std::string threads_from;
  std::string binding_warning;    ///< runtime::Grant::warning
  bool yields_when_idle = false;  ///< OMPI_MCA_mpi_yield_when_idle
  std::string instruction_set;    ///< in use
  std::string machine_instruction_set;

  std::int64_t memory = 0;  ///< of the budget that a run would have
  std::string memory_from;
  std::int64_t available_memory = 0;      ///< of the machine, now
  std::int64_t shared_memory_free = 0;    ///< of /dev/shm, by which ranks of a machine talk
  std::int64_t address_space_limit = -1;  ///< ulimit -v; -1: no limit
  std::int64_t core_limit = 0;            ///< ulimit -c; -1: no limit
  std::int64_t open_files_limit = 0;      ///< ulimit -n; -1: no limit

  std::string hdf5_version;
  std::string hdf5_compiled_to;
  bool hdf5_is_thread_safe = false;

  std::string folder_problem;  ///< why files cannot be made in the folder; empty: they can
  std::string lock_problem;    ///< why a lock on it excludes nobody, or cannot be had; empty: it does
  std::string file_system;     ///< "ext4", "nfs", ...
  std::int64_t folder_free = 0;

  std::int64_t clock = 0;         ///< UTC microseconds, at the same moment on all ranks as far as a barrier makes it one
  std::string time_zone_problem;  ///< empty: local times of a place with summer time are known
  std::string time_zones;         ///< release of the database; "": it does not say

  std::string slurm_job;        ///< its number; "": none
  bool has_sbatch = false;      ///< the command is there
  std::string slurm_problem;    ///< what its commands say where no controller answers them; "": one does, or there is no sbatch
  int slurm_cpus_per_task = 0;  ///< SLURM_CPUS_PER_TASK; 0: not said
};

/// Collective: the facts of all ranks, in their order, on rank 0; nothing elsewhere. Makes and removes a file and a lock in
/// `folder`. Sends some 2 KB a rank.
std::vector<MachineFacts> find_facts(comm::Communicator& communicator, const std::string& folder);

}  // namespace fullbase::operations
