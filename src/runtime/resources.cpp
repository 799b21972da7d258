#include "runtime/resources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/size.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::runtime {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

/// A positive number of the environment; Slurm's 0 means "all there is", which is no number.
std::optional<std::int64_t> positive(const Surroundings& surroundings, const char* name) {
  const auto text = surroundings.variable(name);
  if (!text || text->empty()) return {};
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text->c_str(), &end, 10);
  if (errno != 0 || *end != '\0' || value <= 0) return {};
  return value;
}

void choose_threads(Grant& grant, const Surroundings& surroundings, const Neighbours& neighbours) {
  if (const auto slurm = positive(surroundings, "SLURM_CPUS_PER_TASK")) {
    grant.threads = static_cast<int>(std::min<std::int64_t>(*slurm, 4096));
    grant.threads_from = "SLURM_CPUS_PER_TASK";
    return;
  }
  double cpus = neighbours.cpus;
  std::string what = fmt::format("{} CPU{}", neighbours.cpus, neighbours.cpus == 1 ? "" : "s");
  if (surroundings.cpu_quota && *surroundings.cpu_quota < cpus) {
    cpus = *surroundings.cpu_quota;
    what = fmt::format("{:.3g} CPUs of a control group", cpus);
  }
  const int share = static_cast<int>(cpus / neighbours.ranks);
  grant.threads = std::max(1, std::min(share, static_cast<int>(surroundings.cpus.size())));
  grant.threads_from = fmt::format("{} for {} rank{} of this machine", what, neighbours.ranks, neighbours.ranks == 1 ? "" : "s");
}

void warn_if_bound(Grant& grant, const Surroundings& surroundings, const Neighbours& neighbours) {
  if (surroundings.variable("SLURM_JOB_ID") || neighbours.cpus >= surroundings.launcher_cpus) return;
  grant.warning =
      fmt::format("the launcher has bound the rank{} of this machine to {} of {} CPUs; `mpirun --bind-to none` uses all",
                  neighbours.ranks == 1 ? "" : "s", neighbours.cpus, surroundings.launcher_cpus);
}

void choose_memory(Grant& grant, const Surroundings& surroundings, const Neighbours& neighbours) {
  const auto of_grant = [](std::int64_t bytes) { return bytes / 5 * 4; };
  std::int64_t share = 0;
  if (const auto per_cpu = positive(surroundings, "SLURM_MEM_PER_CPU")) {
    const auto cpus = positive(surroundings, "SLURM_CPUS_PER_TASK").value_or(1);
    share = of_grant(*per_cpu * mebibyte * cpus);
    grant.memory_from = "four fifths of SLURM_MEM_PER_CPU";
  } else if (const auto per_node = positive(surroundings, "SLURM_MEM_PER_NODE")) {
    share = of_grant(*per_node * mebibyte / neighbours.ranks);
    grant.memory_from = "four fifths of SLURM_MEM_PER_NODE";
  } else if (surroundings.memory_limit) {
    share = of_grant(*surroundings.memory_limit / neighbours.ranks);
    grant.memory_from = "four fifths of the control group's memory";
  } else {
    share = surroundings.physical_memory / 2 / neighbours.ranks;
    grant.memory_from = "half of the machine's memory";
  }
  if (neighbours.ranks > 1) grant.memory_from += fmt::format(", shared by {} ranks", neighbours.ranks);
  grant.memory = std::max(least_memory_per_rank, share);
}

}  // namespace

Neighbours find_neighbours(comm::Communicator& communicator, const Surroundings& surroundings) {
  const auto machine = base::xxh3(std::as_bytes(std::span(surroundings.machine)));
  const auto machines = communicator.all_gather(machine);
  std::vector<std::int32_t> cpus(surroundings.cpus.begin(), surroundings.cpus.end());
  const auto all_cpus = communicator.all_gather_all(std::span<const std::int32_t>(cpus));
  Neighbours found{0, 0};
  std::set<std::int32_t> distinct;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    if (machines[static_cast<std::size_t>(rank)] != machine) continue;
    ++found.ranks;
    const auto theirs = all_cpus.from(rank);
    distinct.insert(theirs.begin(), theirs.end());
  }
  found.cpus = std::max(1, static_cast<int>(distinct.size()));
  return found;
}

Grant grant(const Surroundings& surroundings, const Neighbours& neighbours, std::optional<int> threads,
            std::optional<std::int64_t> memory_per_rank) {
  Grant result;
  if (threads) {
    if (*threads < 1) throw base::job_file_error(fmt::format("{} threads", *threads), "resources.threads", "give 1 or more");
    result.threads = *threads;
    result.threads_from = "resources.threads or --threads";
  } else {
    choose_threads(result, surroundings, neighbours);
    warn_if_bound(result, surroundings, neighbours);
  }
  if (memory_per_rank) {
    if (*memory_per_rank < least_memory_per_rank)
      throw base::job_file_error(fmt::format("{} bytes a rank are too little", *memory_per_rank), "resources.memory_per_rank",
                                 "give " + base::format_bytes(least_memory_per_rank) + " or more");
    result.memory = *memory_per_rank;
    result.memory_from = "resources.memory_per_rank or --memory";
  } else {
    choose_memory(result, surroundings, neighbours);
  }
  return result;
}

Grant take_grant(comm::Communicator& communicator, std::optional<int> threads, std::optional<std::int64_t> memory_per_rank) {
  const auto surroundings = Surroundings::here();
  const auto neighbours = find_neighbours(communicator, surroundings);
  auto taken =
      comm::collective_try(communicator, "resources", [&] { return grant(surroundings, neighbours, threads, memory_per_rank); });
  parallel::set_thread_count(taken.threads);
  return taken;
}

}  // namespace fullbase::runtime
