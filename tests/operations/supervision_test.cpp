#include "operations/supervision.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "base/error.hpp"

namespace fullbase::operations {
namespace {

using namespace std::chrono_literals;

runtime::ProcessEnd exited(int code) {
  return {code, 0};
}

TEST(Supervision, OnlyWhatMayEndOtherwiseIsTriedAgain) {
  for (const int code : {0, 3}) EXPECT_EQ(verdict(exited(code)), Verdict::done) << code;
  for (const int code : {2, 65, 78, 126, 127}) EXPECT_EQ(verdict(exited(code)), Verdict::final) << code;
  EXPECT_EQ(verdict(exited(75)), Verdict::stop);
  for (const int code : {1, 70, 74, 134, 137, 139, 143, 255}) EXPECT_EQ(verdict(exited(code)), Verdict::crash) << code;
  EXPECT_EQ(verdict({128 + SIGKILL, SIGKILL}), Verdict::crash);
}

TEST(Supervision, EndsAreTold) {
  EXPECT_EQ(describe(exited(74)), "exit code 74");
  EXPECT_EQ(describe(exited(137)), "exit code 137 (a process was ended by signal 9 (KILL))");
  EXPECT_EQ(describe(exited(255)), "exit code 255");
  EXPECT_EQ(describe({128 + SIGSEGV, SIGSEGV}), "signal 11 (SEGV)");
}

TEST(Supervision, PausesDoubleUpToTheLongest) {
  const SupervisionSettings settings{.pause = 5s, .longest = 30s};
  EXPECT_EQ(pause_before(2, settings), 5s);
  EXPECT_EQ(pause_before(3, settings), 10s);
  EXPECT_EQ(pause_before(4, settings), 20s);
  EXPECT_EQ(pause_before(5, settings), 30s);
  EXPECT_EQ(pause_before(1'000'000, settings), 30s);
  // One that is longer from the start is what was asked for.
  EXPECT_EQ(pause_before(9, {.pause = 40s, .longest = 30s}), 40s);
  EXPECT_EQ(pause_before(1'000'000, {.pause = 0s}), 0s);
}

TEST(Supervision, TheNumberOfRanksIsFoundAsLaunchersTakeIt) {
  const std::vector<std::vector<std::string>> ways = {
      {"mpirun", "-n", "4", "fullbase", "run", "job.yaml"},
      {"mpirun", "--oversubscribe", "-np", "4", "-x", "NAME", "fullbase", "head", "-n", "9"},
      {"srun", "--mpi=pmix", "--ntasks=4", "fullbase"},
      {"srun", "-n4", "fullbase"},
      {"mpiexec", "--np", "4", "fullbase"},
      {"nice", "-n", "10", "/usr/bin/mpirun.openmpi", "-n", "4", "--hostfile", "h", "fullbase", "-n", "9"},
      {"srun", "--time=1:00", "--exclusive", "--ntasks", "4", "-N", "2", "fullbase"},
      {"./start.sh", "-n", "4", "fullbase"},
  };
  for (const auto& way : ways) {
    const auto word = find_ranks(way);
    ASSERT_TRUE(word) << way.front();
    EXPECT_EQ(word->ranks, 4);
    auto expected = way;
    expected[word->index].replace(word->before.size(), 1, "2");
    EXPECT_EQ(with_ranks(way, 2), expected);
  }
  EXPECT_FALSE(find_ranks({"fullbase", "run", "job.yaml"}));
  EXPECT_FALSE(find_ranks({"mpirun", "-n", "0", "fullbase"}));
  EXPECT_FALSE(find_ranks({"mpirun", "-n"}));
  // A word that is no option may be a value, or the program; what the program is told is its own.
  EXPECT_FALSE(find_ranks({"mpirun", "-x", "NAME", "-np", "4", "fullbase"}));
  EXPECT_FALSE(find_ranks({"mpirun", "--hostfile", "h", "prog", "-n", "1000"}));
  EXPECT_FALSE(find_ranks({"mpirun", "--oversubscribe", "prog", "-n", "1000"}));
  EXPECT_FALSE(find_ranks({"srun", "-q", "night", "prog", "--ntasks=9"}));
  EXPECT_FALSE(find_ranks({"srun", "--", "-n", "9"}));
}

TEST(Supervision, LaunchersThatKillOnSigtermAreAskedOtherwiseFirst) {
  EXPECT_EQ(signal_for("/usr/bin/mpirun", SIGTERM, 1), SIGUSR1);
  EXPECT_EQ(signal_for("mpiexec.openmpi", SIGINT, 1), SIGUSR1);
  EXPECT_EQ(signal_for("mpirun", SIGTERM, 2), SIGTERM);
  EXPECT_EQ(signal_for("srun", SIGTERM, 1), SIGTERM);
  EXPECT_EQ(signal_for("fullbase", SIGINT, 1), SIGINT);
}

/// What supervise() returns for a shell's script, and what it says.
struct Outcome {
  int code;
  std::string log;
};
Outcome of_script(const std::string& script, int tries) {
  std::ostringstream log;
  runtime::ProgressSettings told;
  told.bar = false;
  runtime::Progress progress(told, log);
  const int code = supervise({"sh", "-c", script}, {.tries = tries, .pause = 1ms, .leftovers = 200ms}, progress);
  return {code, log.str()};
}

TEST(Supervise, TriesUntilItWorks) {
  const std::string file = testing::TempDir() + "supervise." + std::to_string(getpid());
  const auto script = "echo . >>" + file + "; [ $(wc -l <" + file + ") -lt 3 ] && kill -KILL $$; exit 0";
  const auto outcome = of_script(script, 5);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.log, testing::HasSubstr("try 1 of 5 ended with signal 9 (KILL)"));
  EXPECT_THAT(outcome.log, testing::HasSubstr("try 3 of 5 ended with exit code 0"));
  unlink(file.c_str());
}

TEST(Supervise, GivesUpAfterTheLastTry) {
  const auto outcome = of_script("exit 74", 3);
  EXPECT_EQ(outcome.code, 74);
  EXPECT_THAT(outcome.log, testing::HasSubstr("try 3 of 3 ended with exit code 74"));
  EXPECT_THAT(outcome.log, testing::HasSubstr("that was the last one"));
}

TEST(Supervise, WhatWouldEndLikeThisAgainIsNotTriedAgain) {
  const auto outcome = of_script("exit 65", 3);
  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.log, testing::Not(testing::HasSubstr("begins")));
}

TEST(Supervise, ALauncherThatHangsIsKilledAndThatIsNoCrash) {
  const std::string file = testing::TempDir() + "ranks." + std::to_string(getpid());
  // A launcher with one rank, which it outlives; its second try ends at once.
  const std::string launcher = file + ".sh";
  std::ofstream(launcher) << "#!/bin/sh\necho $2 >>" + file + "; [ $(wc -l <" + file +
                                 ") -gt 1 ] && exit 65; OMPI_COMM_WORLD_RANK=0 sleep 4 & wait; sleep 60\n";
  chmod(launcher.c_str(), 0700);
  std::ostringstream log;
  runtime::Progress progress({}, log);
  const SupervisionSettings settings{.tries = 3, .pause = 1ms, .fewer_ranks = true, .launcher = 1ms, .leftovers = 200ms};
  EXPECT_EQ(supervise({launcher, "-n", "4"}, settings, progress), 65);
  EXPECT_THAT(log.str(), testing::HasSubstr("the ranks have ended and their launcher has not"));
  std::ifstream told(file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(told), {}), "4\n4\n");  // as many ranks as before
  unlink(file.c_str());
  unlink(launcher.c_str());
}

TEST(SuperviseDeathTest, AStopIsAStopThoughTheLauncherHangsAfterIt) {
  // In a process of its own, whose only thread holds the signal back.
  const auto stopped = [] {
    std::ostringstream log;
    runtime::Progress progress({}, log);
    const std::string script =
        "OMPI_COMM_WORLD_RANK=0 sleep 1000 & trap \"kill $!\" TERM; sleep 4; kill -TERM $PPID; for i in $(seq 60); do sleep 1; "
        "done";
    _exit(supervise({"sh", "-c", script}, {.tries = 3, .launcher = 1ms, .leftovers = 200ms}, progress));
  };
  EXPECT_EXIT(stopped(), testing::ExitedWithCode(75), "");
}

TEST(Supervise, WhatItsCommandLeavesBehindIsEnded) {
  const std::string file = testing::TempDir() + "left." + std::to_string(getpid());
  // The process outlives the shell that started it, and does not heed SIGHUP.
  EXPECT_EQ(of_script("(trap '' HUP TERM; sleep 600) & echo $! >" + file + "; exit 0", 1).code, 0);
  FILE* const opened = fopen(file.c_str(), "r");
  ASSERT_NE(opened, nullptr);
  int id = 0;
  ASSERT_EQ(fscanf(opened, "%d", &id), 1);
  fclose(opened);
  EXPECT_EQ(kill(id, 0), -1);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  unlink(file.c_str());
}

TEST(Supervise, ACommandThatCannotBeStartedIsAUsageError) {
  std::ostringstream log;
  runtime::Progress progress({}, log);
  try {
    supervise({"no-such-launcher"}, {}, progress);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_THAT(error.what(), testing::HasSubstr("cannot start 'no-such-launcher': No such file"));
  }
  EXPECT_THROW(supervise({"fullbase", "run"}, {.fewer_ranks = true}, progress), base::Error);
}

}  // namespace
}  // namespace fullbase::operations
