// What one rank may use: threads and memory, as the job file says or as Slurm and the machine grant.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "comm/communicator.hpp"

namespace fullbase::runtime {

/// What this process finds around itself; tests make their own.
struct Surroundings {
  std::function<std::optional<std::string>(const char* name)> variable;  ///< of the environment
  std::set<int> cpus;                                                    ///< that the scheduler lets this process use
  int launcher_cpus = 0;                                                 ///< that it lets the process use that started this one
  std::optional<double> cpu_quota;                                       ///< CPUs' worth of time a control group grants
  std::int64_t physical_memory = 0;                                      ///< bytes of the machine
  std::optional<std::int64_t> memory_limit;                              ///< bytes a control group grants
  std::string machine;                                                   ///< the same on all ranks of one machine

  static Surroundings here();
};

/// Ranks and CPUs of the machine that a rank shares with others.
struct Neighbours {
  int ranks = 1;
  int cpus = 1;  ///< distinct ones that any of these ranks may use
};
/// Collective.
Neighbours find_neighbours(comm::Communicator& communicator, const Surroundings& surroundings);

/// Less than this a rank is never given: blocks of a wide table alone take as much.
inline constexpr std::int64_t least_memory_per_rank = std::int64_t{1} << 20;

struct Grant {
  int threads = 1;
  std::int64_t memory = 0;   ///< bytes of data that this rank may hold; the process itself takes some 100 MiB more
  std::string threads_from;  ///< "resources.threads or --threads", "SLURM_CPUS_PER_TASK", "2 CPUs for 2 ranks of this machine"
  std::string memory_from;
  std::string warning;  ///< what the user would want otherwise; empty: nothing
};

/// What the job file says wins. Otherwise, for threads: SLURM_CPUS_PER_TASK, else the CPUs that this machine's ranks may use,
/// shared out, at most the ones that this rank may use. For memory: four fifths of what Slurm (SLURM_MEM_PER_CPU,
/// SLURM_MEM_PER_NODE) or a control group grants, or half of the machine's, shared out. Not collective. Throws a job-file error
/// for settings below one thread or least_memory_per_rank. Warns where a launcher other than Slurm has bound this machine's ranks
/// to fewer CPUs than it may use itself: Open MPI gives one or two ranks a core each, and the others lie idle.
Grant grant(const Surroundings& surroundings, const Neighbours& neighbours, std::optional<int> threads,
            std::optional<std::int64_t> memory_per_rank);

/// Collective: grant() for what this process finds around itself, which parallel loops use from here on. Throws on every rank
/// what grant() throws on any.
Grant take_grant(comm::Communicator& communicator, std::optional<int> threads, std::optional<std::int64_t> memory_per_rank);

}  // namespace fullbase::runtime
