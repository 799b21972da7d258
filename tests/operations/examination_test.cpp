// What doctor says of machines that tests make up: each fault alone, on one rank and on some.
#include "operations/examination.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "comm/launch.hpp"

namespace fullbase::operations {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

/// A rank of a machine on which all is well.
MachineFacts sound(int rank = 0, int ranks = 1) {
  MachineFacts facts;
  facts.rank = rank;
  facts.host = "node1";
  facts.program = "abc";
  facts.message_library = "Open MPI v4.1.4";
  facts.neighbours = ranks;
  facts.cpus = facts.neighbours_cpus = 8;
  facts.threads = 8 / ranks;
  facts.instruction_set = facts.machine_instruction_set = "avx2";
  facts.memory = gibibyte;
  facts.available_memory = 64 * gibibyte;
  facts.shared_memory_free = gibibyte;
  facts.open_files_limit = 1024;
  facts.hdf5_version = facts.hdf5_compiled_to = "1.10.8";
  facts.file_system = "ext";
  facts.folder_free = 100 * gibibyte;
  facts.clock = 1'800'000'000'000'000;
  facts.time_zones = "2024a";
  return facts;
}

std::vector<Finding> unwell(const std::vector<MachineFacts>& ranks) {
  auto findings = examine(ranks);
  std::erase_if(findings, [](const Finding& finding) { return finding.health == Health::well; });
  return findings;
}

TEST(Examination, ASoundMachineHasNothingToRemedy) {
  EXPECT_THAT(unwell({sound()}), IsEmpty());
  EXPECT_THAT(unwell({sound(0, 2), sound(1, 2)}), IsEmpty());
  for (const auto& finding : examine(std::vector{sound()})) EXPECT_EQ(finding.remedy, "") << finding.subject;
}

struct Fault {
  const char* subject;
  Health health;
  const char* text;
  void (*make)(MachineFacts& facts);
};
void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.text;
}

class EachFault : public ::testing::TestWithParam<Fault> {};

TEST_P(EachFault, IsToldWithARemedy) {
  const auto& fault = GetParam();
  auto facts = sound();
  fault.make(facts);
  const auto findings = unwell({facts});
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].subject, fault.subject);
  EXPECT_EQ(findings[0].health, fault.health);
  EXPECT_THAT(findings[0].text, HasSubstr(fault.text));
  EXPECT_NE(findings[0].remedy, "");
}

TEST_P(EachFault, IsToldOfTheRanksThatHaveIt) {
  std::vector<MachineFacts> ranks = {sound(0), sound(1), sound(2)};
  GetParam().make(ranks[1]);
  GetParam().make(ranks[2]);
  auto findings = unwell(ranks);
  // Where ranks should be the same, their difference is a finding too.
  std::erase_if(findings, [](const Finding& finding) { return finding.ranks.size() == 3; });
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].ranks, ElementsAre(1, 2));
}

INSTANTIATE_TEST_SUITE_P(
    Examination, EachFault,
    ::testing::Values(
        Fault{"user", Health::warning, "root", [](MachineFacts& facts) { facts.is_root_user = true; }},
        Fault{"threads", Health::warning, "bound", [](MachineFacts& facts) { facts.binding_warning = "bound to 1 of 8"; }},
        Fault{"threads", Health::warning, "4 ranks of 8 threads share 8 CPUs", [](MachineFacts& facts) { facts.neighbours = 4; }},
        Fault{"instruction set", Health::warning, "FULLBASE_ISA",
              [](MachineFacts& facts) { facts.instruction_set = "baseline"; }},
        Fault{"instruction set", Health::warning, "no AVX2",
              [](MachineFacts& facts) { facts.instruction_set = facts.machine_instruction_set = "baseline"; }},
        Fault{"memory", Health::problem, "ulimit -v", [](MachineFacts& facts) { facts.address_space_limit = gibibyte; }},
        Fault{"memory", Health::warning, "free", [](MachineFacts& facts) { facts.available_memory = gibibyte / 2; }},
        Fault{"core files", Health::warning, "customers", [](MachineFacts& facts) { facts.core_limit = -1; }},
        Fault{"open files", Health::problem, "100", [](MachineFacts& facts) { facts.open_files_limit = 100; }},
        Fault{"HDF5", Health::problem, "1.14.0", [](MachineFacts& facts) { facts.hdf5_version = "1.14.0"; }},
        Fault{"folder", Health::problem, "no such folder", [](MachineFacts& facts) { facts.folder_problem = "no such folder"; }},
        Fault{"folder", Health::warning, "10 MiB", [](MachineFacts& facts) { facts.folder_free = 10 << 20; }},
        Fault{"folder", Health::warning, "memory", [](MachineFacts& facts) { facts.file_system = "tmpfs"; }},
        Fault{"locks", Health::problem, "two runs", [](MachineFacts& facts) { facts.lock_problem = "a second one is given"; }},
        Fault{"time zones", Health::problem, "no database",
              [](MachineFacts& facts) { facts.time_zone_problem = "there is no database"; }},
        Fault{"Slurm", Health::warning, "no controller answers: scontrol: fatal: none",
              [](MachineFacts& facts) {
                facts.has_sbatch = true;
                facts.slurm_problem = "scontrol: fatal: none";
              }},
        Fault{"Slurm", Health::warning, "job 17", [](MachineFacts& facts) { facts.slurm_job = "17"; }}));

TEST(Examination, RanksThatShareASmallMemoryFolderCannotTalk) {
  auto ranks = std::vector{sound(0, 2), sound(1, 2)};
  for (auto& facts : ranks) facts.shared_memory_free = 1 << 20;
  const auto findings = unwell(ranks);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].health, Health::problem);
  EXPECT_EQ(findings[0].subject, "shared memory");
}

TEST(Examination, RanksThatShouldBeAlikeAreCompared) {
  auto ranks = std::vector{sound(0, 2), sound(1, 2)};
  ranks[1].program = "def";
  auto findings = unwell(ranks);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].health, Health::problem);
  EXPECT_EQ(findings[0].text, "ranks differ in the program that they run: abc on rank 0; def on rank 1");
  EXPECT_THAT(findings[0].ranks, ElementsAre(0, 1));

  ranks = {sound(0, 2), sound(1, 2)};
  ranks[0].clock += 5'000'000;
  findings = unwell(ranks);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].text, HasSubstr("rank 1 (node1) is 5.0 s behind that of rank 0"));
}

TEST(Facts, ComeFromEveryRankInOrderAndLeaveNothing) {
  const auto folder = std::filesystem::temp_directory_path() / "fullbase_facts_test";
  std::filesystem::create_directory(folder);
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    const auto facts = find_facts(communicator, folder.string());
    if (!communicator.is_root()) {
      EXPECT_THAT(facts, IsEmpty());
      return;
    }
    ASSERT_THAT(facts, SizeIs(3));
    for (int rank = 0; rank < 3; ++rank) {
      EXPECT_EQ(facts[static_cast<std::size_t>(rank)].rank, rank);
      EXPECT_EQ(facts[static_cast<std::size_t>(rank)].neighbours, 3);
      EXPECT_EQ(facts[static_cast<std::size_t>(rank)].lock_problem, "");
      EXPECT_EQ(facts[static_cast<std::size_t>(rank)].folder_problem, "");
    }
  });
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
}

TEST(Facts, AFolderThatIsNotThereIsTold) {
  const auto facts = find_facts(*comm::single(), "/nowhere/at/all");
  ASSERT_THAT(facts, SizeIs(1));
  EXPECT_THAT(facts[0].folder_problem, HasSubstr("no such folder"));
  EXPECT_EQ(find_facts(*comm::single(), "/proc/self/status")[0].folder_problem, "this is no folder");
}

}  // namespace
}  // namespace fullbase::operations
