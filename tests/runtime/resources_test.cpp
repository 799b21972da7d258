#include "runtime/resources.hpp"

#include <gmock/gmock.h>

#include <map>

#include "base/error.hpp"
#include "comm/launch.hpp"

namespace fullbase::runtime {
namespace {

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;
constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

Surroundings machine(std::set<int> cpus, std::map<std::string, std::string> variables = {}) {
  Surroundings made;
  made.variable = [variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::optional<std::string>() : found->second;
  };
  made.cpus = std::move(cpus);
  made.physical_memory = 64 * gibibyte;
  made.machine = "node1";
  return made;
}

TEST(Grant, TheJobFileWins) {
  const auto given = grant(machine({0, 1}, {{"SLURM_CPUS_PER_TASK", "8"}, {"SLURM_MEM_PER_NODE", "4096"}}), {1, 2}, 3, gibibyte);
  EXPECT_EQ(given.threads, 3);
  EXPECT_EQ(given.memory, gibibyte);
  EXPECT_EQ(given.threads_from, "resources.threads or --threads");
  EXPECT_EQ(given.memory_from, "resources.memory_per_rank or --memory");
}

TEST(Grant, NonsenseInTheJobFileIsRefused) {
  EXPECT_THROW(grant(machine({0}), {1, 1}, 0, {}), base::Error);
  EXPECT_THROW(grant(machine({0}), {1, 1}, {}, 1000), base::Error);
}

TEST(Grant, AMachineIsSharedByItsRanks) {
  const auto given = grant(machine({0, 1, 2, 3, 4, 5, 6, 7}), {3, 8}, {}, {});
  EXPECT_EQ(given.threads, 2);  // 8 CPUs for 3 ranks
  EXPECT_EQ(given.memory, 64 * gibibyte / 2 / 3);
}

TEST(Grant, ABoundRankUsesItsOwnCpusAlone) {
  EXPECT_EQ(grant(machine({4}), {2, 8}, {}, {}).threads, 1);
  EXPECT_EQ(grant(machine({0, 1}), {4, 2}, {}, {}).threads, 1);  // more ranks than CPUs
}

TEST(Grant, RanksBoundToFewerCpusThanTheirLauncherHasAreToldSo) {
  auto bound = machine({0});
  bound.launcher_cpus = 2;
  EXPECT_EQ(grant(bound, {1, 1}, {}, {}).warning,
            "the launcher has bound the rank of this machine to 1 of 2 CPUs; `mpirun --bind-to none` uses all");
  EXPECT_EQ(grant(bound, {2, 2}, {}, {}).warning, "");  // a core each
  EXPECT_EQ(grant(bound, {1, 1}, 1, {}).warning, "");   // as asked for
  bound.variable = machine({0}, {{"SLURM_JOB_ID", "7"}}).variable;
  EXPECT_EQ(grant(bound, {1, 1}, {}, {}).warning, "");
  EXPECT_EQ(grant(machine({0, 1}), {1, 2}, {}, {}).warning, "");
}

TEST(Grant, SlurmCountsCpusATask) {
  EXPECT_EQ(grant(machine({0, 1, 2, 3}, {{"SLURM_CPUS_PER_TASK", "4"}}), {1, 4}, {}, {}).threads, 4);
}

TEST(Grant, SlurmMemoryANodeIsSharedAndACpuMultiplied) {
  const auto node = grant(machine({0, 1}, {{"SLURM_MEM_PER_NODE", "10240"}}), {2, 2}, {}, {});
  EXPECT_EQ(node.memory, 4096 * mebibyte);  // 10 GiB / 2 ranks * 4/5
  const auto cpu = grant(machine({0, 1}, {{"SLURM_MEM_PER_CPU", "1000"}, {"SLURM_CPUS_PER_TASK", "5"}}), {2, 2}, {}, {});
  EXPECT_EQ(cpu.memory, 4000 * mebibyte);
}

TEST(Grant, SlurmZeroMeansTheWholeMachine) {
  EXPECT_EQ(grant(machine({0}, {{"SLURM_MEM_PER_NODE", "0"}}), {1, 1}, {}, {}).memory, 32 * gibibyte);
}

TEST(Grant, AControlGroupLimitsBoth) {
  auto surroundings = machine({0, 1, 2, 3, 4, 5, 6, 7});
  surroundings.cpu_quota = 2.5;
  surroundings.memory_limit = 10 * gibibyte;
  const auto given = grant(surroundings, {1, 8}, {}, {});
  EXPECT_EQ(given.threads, 2);
  EXPECT_EQ(given.memory, 8 * gibibyte);
}

TEST(Neighbours, RanksOfOneMachineCountTheirCpusOnce) {
  comm::run_threads(4, [](comm::Communicator& communicator) {
    // Ranks 0 and 1 share node a and are bound to CPUs 0 and 1; ranks 2 and 3 share node b unbound.
    auto surroundings = communicator.rank() < 2 ? machine({communicator.rank()}) : machine({0, 1, 2, 3});
    surroundings.machine = communicator.rank() < 2 ? "a" : "b";
    const auto found = find_neighbours(communicator, surroundings);
    EXPECT_EQ(found.ranks, 2);
    EXPECT_EQ(found.cpus, communicator.rank() < 2 ? 2 : 4);
  });
}

TEST(Surroundings, ThisMachineHasCpusAndMemory) {
  const auto here = Surroundings::here();
  EXPECT_FALSE(here.cpus.empty());
  EXPECT_GT(here.physical_memory, 16 * mebibyte);
  EXPECT_FALSE(here.machine.empty());
  EXPECT_LT(here.memory_limit.value_or(0), here.physical_memory);
}

}  // namespace
}  // namespace fullbase::runtime
