#include <gmock/gmock.h>

#include <cstdlib>
#include <sstream>

#include "base/error.hpp"
#include "operations/batch_job.hpp"
#include "operations/batch_script.hpp"
#include "operations/program.hpp"

namespace fullbase::operations {
namespace {

using testing::HasSubstr;
using testing::Not;

BatchSettings nightly() {
  BatchSettings settings;
  settings.program = "build/bin/fullbase";
  settings.job_file = "configs/nightly.yaml";
  settings.name = "nightly";
  settings.nodes = 4;
  settings.ranks_per_node = 2;
  settings.threads = 8;
  settings.memory_per_node = std::int64_t{64} << 30;
  settings.time_limit = 2 * 3600;
  return settings;
}

/// What a shell makes of a script's text.
std::string shell(const std::string& script) {
  const auto result = run_program({"bash", "-s"}, script);
  EXPECT_EQ(result.code, 0) << result.errors;
  return result.output;
}

TEST(ShellWord, AShellReadsBackWhatWasWritten) {
  for (const std::string text : {"", "plain", "two words", "it's", "''", "$(echo x) `echo y` ${HOME}", "a\nb", "\\", "\"", "*",
                                 "~", "a;b|c&d>e", "#", "\xc3\xa4\xff", "!x", "-n"})
    EXPECT_EQ(shell("printf %s " + shell_word(text)), text);
  EXPECT_EQ(shell_word("configs/nightly.yaml"), "configs/nightly.yaml");
  EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
}

TEST(BatchScript, AsksForWhatItIsTold) {
  auto settings = nightly();
  settings.partition = "night";
  settings.account = "marketing";
  settings.dependency = "afterok:12";
  settings.directives = {"--qos=low"};
  const auto script = batch_script(settings);
  for (const char* const line :
       {"#SBATCH --job-name=nightly\n", "#SBATCH --nodes=4\n", "#SBATCH --ntasks-per-node=2\n", "#SBATCH --cpus-per-task=8\n",
        "#SBATCH --mem=65536M\n", "#SBATCH --time=02:00:00\n", "#SBATCH --signal=TERM@300\n", "#SBATCH --requeue\n",
        "#SBATCH --partition=night\n", "#SBATCH --account=marketing\n", "#SBATCH --dependency=afterok:12\n",
        "#SBATCH --kill-on-invalid-dep=yes\n", "#SBATCH --qos=low\n",
        "  build/bin/fullbase run configs/nightly.yaml || code=$?\n"})
    EXPECT_THAT(script, HasSubstr(line));
  EXPECT_THAT(script, Not(HasSubstr("--exclusive")));
}

TEST(BatchScript, EveryDirectiveHasAComment) {
  const auto script = batch_script(nightly());
  std::string before, line;
  for (std::istringstream lines(script); std::getline(lines, line); before = line) {
    EXPECT_TRUE(!line.starts_with("#SBATCH") || before.starts_with("# ")) << line;
  }
}

TEST(BatchScript, WholeMachinesShareTheirCpusAmongTheirRanks) {
  auto settings = nightly();
  settings.threads.reset();
  settings.memory_per_node.reset();
  const auto script = batch_script(settings);
  EXPECT_THAT(script, HasSubstr("#SBATCH --exclusive\n"));
  EXPECT_THAT(script, HasSubstr("#SBATCH --mem=0\n"));
  EXPECT_THAT(script, HasSubstr("--cpus-per-task=\"$((SLURM_CPUS_ON_NODE / 2))\""));
  EXPECT_THAT(script, Not(HasSubstr("SLURM_CPUS_PER_TASK\"")));
}

TEST(BatchScript, TimesAreSlurms) {
  const auto time = [](std::int64_t seconds) {
    auto settings = nightly();
    settings.time_limit = seconds;
    settings.notice = 10;
    const auto script = batch_script(settings);
    const auto begin = script.find("--time=") + 7;
    return script.substr(begin, script.find('\n', begin) - begin);
  };
  EXPECT_EQ(time(60), "00:01:00");
  EXPECT_EQ(time(61), "00:02:00");  // it counts in minutes
  EXPECT_EQ(time(86'400 + 3600), "1-01:00:00");
}

/// The script's shell, with commands of Slurm that say what they are asked: the run ends with `code` in its life number
/// `restart`.
std::string lived(const BatchSettings& settings, int code, int restart, const std::string& plugin = "task/none") {
  return shell("scontrol() { if [ \"$1\" = show ]; then echo 'TaskPlugin              = " + plugin +
               "'; else echo \"scontrol $*\"; fi; }\nsrun() { echo \"srun $*\" ${OMP_PLACES:-}; return " + std::to_string(code) +
               "; }\nSLURM_JOB_ID=7 SLURM_CPUS_PER_TASK=8 SLURM_RESTART_COUNT=" + std::to_string(restart) + "\n(\n" +
               batch_script(settings) + ") || echo \"ended with $?\"\n");
}

TEST(BatchScript, RunsTheJobWithEveryArgumentAsItIs) {
  auto settings = nightly();
  settings.job_file = "it's $(here).yaml";
  settings.arguments = {"--set", "steps.a.where=x > 'y'"};
  EXPECT_EQ(lived(settings, 0, 0),
            "srun --mpi=pmix --cpus-per-task=8 --kill-on-bad-exit=0 --wait=120 build/bin/fullbase run it's $(here).yaml --set "
            "steps.a.where=x > "
            "'y'\n");
}

TEST(BatchScript, ShortNoticeLeavesLessTimeForTheEndOfARound) {
  EXPECT_THAT(lived(nightly(), 0, 0), Not(HasSubstr("stop_patience")));
  auto settings = nightly();
  settings.notice = 75;
  EXPECT_THAT(lived(settings, 0, 0), HasSubstr("nightly.yaml --set resources.stop_patience=15s"));
  settings.stop_patience = 10;  // the job's own
  EXPECT_THAT(lived(settings, 0, 0), Not(HasSubstr("stop_patience")));
  settings.notice = 300;
  settings.stop_patience = 600;
  settings.arguments = {"--set", "resources.stop_patience=10m"};
  EXPECT_THAT(lived(settings, 0, 0), HasSubstr("resources.stop_patience=10m --set resources.stop_patience=240s\n"));
  settings.arguments = {};
  settings.notice = 20;
  EXPECT_THAT(lived(settings, 0, 0), HasSubstr("nightly.yaml --set resources.stop_patience=0s"));
}

TEST(BatchScript, ThreadsStayOnCoresWhereSlurmBindsRanks) {
  EXPECT_THAT(lived(nightly(), 0, 0, "task/cgroup,task/affinity"),
              HasSubstr("--cpu-bind=cores build/bin/fullbase run configs/nightly.yaml cores"));
  EXPECT_THAT(lived(nightly(), 0, 0, "task/cgroup"), Not(HasSubstr("cores")));
}

TEST(BatchScript, WhatWasStoppedOrLostIsQueuedAgainSoOften) {
  const auto again = HasSubstr("scontrol requeue 7\n");
  EXPECT_THAT(lived(nightly(), 75, 0), again);
  EXPECT_THAT(lived(nightly(), 75, 9), again);
  EXPECT_THAT(lived(nightly(), 75, 10), Not(again));
  for (const int code : {70, 74, 134, 137, 139}) {
    EXPECT_THAT(lived(nightly(), code, 1), again);
    EXPECT_THAT(lived(nightly(), code, 2), Not(again));
  }
  for (const int code : {1, 2, 3, 65, 78, 119, 126, 127}) EXPECT_THAT(lived(nightly(), code, 0), Not(again));
  EXPECT_THAT(lived(nightly(), 75, 10), HasSubstr("ended with 75"));
  EXPECT_THAT(lived(nightly(), 3, 0), HasSubstr("ended with 3"));
  EXPECT_THAT(lived(nightly(), 0, 0), Not(HasSubstr("ended with")));
  auto never = nightly();
  never.restarts = never.retries = 0;
  EXPECT_THAT(lived(never, 75, 0), Not(again));
}

TEST(BatchScript, NoValueBecomesALineOfItsOwn) {
  auto settings = nightly();
  settings.name = R"(a "b" \ # c)";
  EXPECT_THAT(batch_script(settings), HasSubstr(R"(#SBATCH --job-name="a \"b\" \\ # c")"
                                                "\n"));
  settings.name = "a\nrm -rf x";
  EXPECT_THROW(batch_script(settings), base::Error);
  settings = nightly();
  settings.directives = {"--qos=a\nrm -rf x"};
  EXPECT_THROW(batch_script(settings), base::Error);
  settings.directives = {"qos=a"};
  EXPECT_THROW(batch_script(settings), base::Error);
}

TEST(BatchScript, SettingsThatContradictEachOtherAreRefused) {
  auto settings = nightly();
  settings.notice = *settings.time_limit;
  EXPECT_THROW(batch_script(settings), base::Error);
  settings = nightly();
  settings.time_limit = 30;
  settings.notice = 10;
  EXPECT_THROW(batch_script(settings), base::Error);
  settings = nightly();
  settings.notice = 70'000;
  EXPECT_THROW(batch_script(settings), base::Error);
}

/// As Slurm 22.05 prints it, the lines after the second shortened.
std::string shown(const std::string& state, const std::string& exit) {
  return "JobId=7 JobName=x JobState=COMPLETED ExitCode=3:0\n   UserId=root(0) GroupId=root(0) MCS_label=N/A\n   JobState=" +
         state + " Reason=NonZeroExitCode Dependency=(null)\n   Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=" + exit +
         "\n   Partition=all\n";
}

TEST(BatchEnd, TellsTheExitCodeOfAScript) {
  EXPECT_EQ(batch_end(shown("COMPLETED", "0:0")).value().code, 0);
  EXPECT_EQ(batch_end(shown("FAILED", "65:0")).value().code, 65);
  EXPECT_EQ(batch_end(shown("FAILED", "0:9")).value().code, 137);
  EXPECT_EQ(batch_end(shown("CANCELLED", "0:15")).value().code, 75);
  EXPECT_EQ(batch_end(shown("CANCELLED", "0:0")).value().code, 75);  // before it ever ran
  EXPECT_EQ(batch_end(shown("TIMEOUT", "0:0")).value().code, 75);
  EXPECT_EQ(batch_end(shown("NODE_FAIL", "0:0")).value().code, 74);
  EXPECT_EQ(batch_end(shown("FAILED", "65:0")).value().state, "FAILED");
}

TEST(BatchEnd, AJobThatWaitsOrRunsHasNotEnded) {
  for (const char* const state : {"PENDING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUE_HOLD", "CONFIGURING"})
    EXPECT_FALSE(batch_end(shown(state, "75:0"))) << state;
  EXPECT_FALSE(batch_end(""));
}

TEST(Program, RunsWithoutAShell) {
  const auto result = run_program({"cat", "-", "/nowhere/$(echo x)"}, "two\nlines");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.output, "two\nlines");
  EXPECT_THAT(result.errors, HasSubstr("/nowhere/$(echo x)"));
  EXPECT_EQ(run_program({"sh", "-c", "kill -KILL $$"}).code, 137);
  ::setenv("SLURM_MEM_PER_CPU", "100", 1);
  EXPECT_EQ(run_program({"sh", "-c", "echo ${SLURM_MEM_PER_CPU:-none}"}).output, "100\n");
  EXPECT_EQ(
      run_program({"sh", "-c", "echo ${SLURM_MEM_PER_CPU:-none}"}, "", [](auto name) { return name != "SLURM_MEM_PER_CPU"; })
          .output,
      "none\n");
  ::unsetenv("SLURM_MEM_PER_CPU");
  EXPECT_THROW(run_program({"no-such-program-anywhere"}), base::Error);
}

}  // namespace
}  // namespace fullbase::operations
