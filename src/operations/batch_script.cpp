#include "operations/batch_script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace fullbase::operations {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
/// Seconds for all that a stop takes besides the end of a round, and for the script.
constexpr std::int64_t time_to_end = 60;
/// Slurm keeps the notice in 16 bits.
constexpr std::int64_t longest_notice = 65'535;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:=,@%+").find(c) != std::string_view::npos;
}
bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_plain(c); });
}

/// A directive ends with its line, whatever is quoted in it.
void check_line(std::string_view option, std::string_view value) {
  const bool ends =
      std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (ends) throw base::usage_error("a control character", std::string(option), "directives of a batch script are single lines");
}

/// A value as sbatch reads it: a backslash keeps the character after it, within quotes as well.
std::string directive_value(std::string_view option, std::string_view value) {
  check_line(option, value);
  if (is_plain(value)) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// "2-03:00:00", "00:45:00", as Slurm writes times.
std::string slurm_time(std::int64_t seconds) {
  const auto days = seconds / 86'400;
  const auto clock = fmt::format("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  return days == 0 ? clock : fmt::format("{}-{}", days, clock);
}

class Directives {
 public:
  void add(std::string_view comment, std::string_view option, std::string_view value) {
    flag(comment, fmt::format("{}={}", option, directive_value(option, value)));
  }
  void add(std::string_view comment, std::string_view option, std::int64_t value) { add(comment, option, std::to_string(value)); }
  void flag(std::string_view comment, std::string_view text) { text_ += fmt::format("# {}\n#SBATCH {}\n", comment, text); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void check(const BatchSettings& settings) {
  if (settings.notice < 0 || settings.notice > longest_notice)
    throw base::usage_error(fmt::format("{} s of notice", settings.notice), "--notice", "give 0s to 18h");
  if (settings.time_limit && *settings.time_limit < 60)
    throw base::usage_error(fmt::format("a limit of {} s", *settings.time_limit), "--time", "Slurm counts in minutes");
  // Told to stop as soon as it has begun, a job would be queued again and again.
  if (settings.time_limit && settings.notice >= *settings.time_limit)
    throw base::usage_error("the notice is as long as the time limit", "--notice", "give less, or more --time");
}

std::string directives(const BatchSettings& settings) {
  Directives lines;
  lines.add("What squeue calls it.", "--job-name", settings.name);
  lines.add("Where its output goes: %x is the name, %j the job's number.", "--output", settings.log);
  lines.flag("A job that is queued again goes on in the same file.", "--open-mode=append");
  lines.add("Machines; the store and the output lie on a file system that all of them see.", "--nodes", settings.nodes);
  lines.add("Ranks of each machine: one a socket does well.", "--ntasks-per-node", settings.ranks_per_node);
  if (settings.threads)
    lines.add("Threads of each rank: fullbase takes their number from SLURM_CPUS_PER_TASK.", "--cpus-per-task",
              *settings.threads);
  else
    lines.flag("Whole machines, with all their CPUs.", "--exclusive");
  if (settings.memory_per_node)
    lines.add("Memory of each machine: its ranks share four fifths of it for data.", "--mem",
              fmt::format("{}M", (*settings.memory_per_node + mebibyte - 1) / mebibyte));
  else if (!settings.threads)
    lines.flag("All memory of each machine.", "--mem=0");
  if (settings.time_limit)
    lines.add("How long it may take, days-hours:minutes:seconds.", "--time", slurm_time((*settings.time_limit + 59) / 60 * 60));
  // Without B: in front it goes to the ranks: a shell that waits for srun would act on it too late.
  lines.add("So many seconds before that limit (up to a minute earlier) every rank is told to save its work and stop.",
            "--signal", fmt::format("TERM@{}", settings.notice));
  lines.flag("It may start again: after a machine was lost, and where this script asks for it below.", "--requeue");
  if (settings.partition) lines.add("Where it is queued.", "--partition", *settings.partition);
  if (settings.account) lines.add("Who pays.", "--account", *settings.account);
  if (settings.dependency) {
    lines.add("What has to be over before it starts ...", "--dependency", *settings.dependency);
    lines.flag("... and if that can no longer come true, it ends instead of waiting for ever.", "--kill-on-invalid-dep=yes");
  }
  for (const auto& directive : settings.directives) {
    check_line("--directive", directive);
    if (!directive.starts_with('-'))
      throw base::usage_error(fmt::format("'{}' is no option of sbatch", directive), "--directive",
                              "such as --directive=--qos=night");
    lines.flag("Asked for as it stands.", directive);
  }
  return lines.text();
}

std::string requeue(const BatchSettings& settings) {
  return fmt::format(R"sh(
# Which ends are no end. Then the job goes back into the queue under its number, jobs that depend on it go on waiting, and this
# script starts from its top: fullbase goes on from the work that was saved. Slurm counts the restarts of a job.
case $code in
  # It was told to stop, and has saved its work.
  75) restarts={} ;;
  # There is no such program.
  126 | 127) restarts=0 ;;
  # A machine, a disk, a network failed, or a process crashed, as MPI may at its start.
  70 | 74 | 1[2-9][0-9]) restarts={} ;;
  # It is done, or what is wrong would be wrong again.
  *) restarts=0 ;;
esac
if [ "${{SLURM_RESTART_COUNT:-0}}" -lt "$restarts" ]; then
  echo "job $SLURM_JOB_ID ended with $code and is queued again (restart $((${{SLURM_RESTART_COUNT:-0}} + 1)) of at most $restarts)"
  scontrol requeue "$SLURM_JOB_ID" || echo "it cannot be queued again: submit it anew, it goes on from what was saved"
fi
)sh",
                     settings.restarts, settings.retries);
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    // A quoted text cannot hold its own quote: it ends, the quote follows, another begins.
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string batch_script(const BatchSettings& settings) {
  check(settings);
  const auto program = shell_word(settings.program);
  std::string run = fmt::format("{} run {}", program, shell_word(settings.job_file));
  for (const auto& argument : settings.arguments) run += " " + shell_word(argument);
  // Behind the user's: killed in a round, the job would not be queued again.
  if (const auto most = std::max<std::int64_t>(0, settings.notice - time_to_end); most < settings.stop_patience)
    run += fmt::format(" --set resources.stop_patience={}s", most);
  const auto threads = settings.threads ? std::string("$SLURM_CPUS_PER_TASK")
                                        : fmt::format("$((SLURM_CPUS_ON_NODE / {}))", settings.ranks_per_node);
  return R"sh(#!/bin/bash
# A run of fullbase as a batch job of Slurm, as `fullbase submit --dry-run` prints it.

)sh" + directives(settings) +
         R"sh(
set -euo pipefail

# Where Slurm binds each rank to cores of its own, its threads stay on them, side by side. Where it does not, they would crowd on the
# first ones.
binding=()
if scontrol show config | grep '^TaskPlugin .*affinity' >/dev/null; then
  binding=(--cpu-bind=cores)
  export OMP_PLACES=cores OMP_PROC_BIND=close
fi

# Where Slurm mixes two kinds of fences, its default, now and then a rank leaves MPI's start before all have come to it, and that ends
# in a crash.
export SLURM_PMIX_FENCE=tree

# srun of Slurm 22.05 and later does not take --cpus-per-task from the job by itself. Ranks end together, by fullbase: were the
# others killed as the first one exits, the exit code would be lost. Two minutes after one that crashed before fullbase was there, they are.
code=0
srun --mpi=pmix --cpus-per-task=")sh" +
         threads + R"sh(" --kill-on-bad-exit=0 --wait=120 "${binding[@]}" \
  )sh" + run +
         R"sh( || code=$?
)sh" + requeue(settings) +
         R"sh(
exit "$code"
)sh";
}

}  // namespace fullbase::operations
