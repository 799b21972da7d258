#include "operations/batch_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/error.hpp"
#include "operations/program.hpp"

namespace fullbase::operations {
namespace {

using namespace std::chrono_literals;

/// Several lines become one.
std::string one_line(std::string text) {
  text = without_end(std::move(text));
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// Submitted from within a job (by scrontab, say), a job must not begin with what Slurm granted to that one.
bool is_not_of_a_job(std::string_view variable) {
  return !variable.starts_with("SLURM_") || variable == "SLURM_CONF";
}

/// The word after the first " KEY=".
std::string_view value_of(std::string_view shown, std::string_view key) {
  const auto begin = shown.find(fmt::format(" {}=", key));
  if (begin == std::string_view::npos) return {};
  const auto value = shown.substr(begin + key.size() + 2);
  return value.substr(0, value.find_first_of(" \n"));
}

/// "75:0": exit code and signal.
std::pair<int, int> exit_and_signal(std::string_view text) {
  int code = 0, signal = 0;
  const auto* const end = text.data() + text.size();
  const auto colon = std::from_chars(text.data(), end, code).ptr;
  if (colon != end) std::from_chars(colon + 1, end, signal);
  return {code, signal};
}

}  // namespace

std::string submit_batch(const std::string& script) {
  ProgramResult result;
  try {
    result = run_program({"sbatch", "--parsable"}, script, is_not_of_a_job);
  } catch (const base::Error& error) {
    throw base::io_error(error.problem(), error.where(), "is Slurm installed here? --dry-run prints the script");
  }
  if (result.code != 0) throw base::io_error(one_line(result.errors), "sbatch", "--dry-run prints the script");
  // "123" or "123;cluster"
  const auto job = one_line(result.output);
  return job.substr(0, job.find(';'));
}

std::optional<BatchEnd> batch_end(std::string_view shown) {
  // The lines before this one hold the job's name, which may hold anything but the end of a line.
  const auto line = shown.find("\n   JobState=");
  if (line == std::string_view::npos) return {};
  shown.remove_prefix(line);
  const auto state = value_of(shown, "JobState");
  const auto [code, signal] = exit_and_signal(value_of(shown, "ExitCode"));
  const auto ended = [&](int with) { return BatchEnd{std::string(state), with}; };
  if (state == "COMPLETED") return ended(0);
  if (state == "FAILED") return ended(code != 0 ? code : signal != 0 ? 128 + signal : 74);
  for (const char* const stopped : {"CANCELLED", "TIMEOUT", "PREEMPTED", "DEADLINE"}) {
    if (state == stopped) return ended(75);
  }
  for (const char* const lost : {"NODE_FAIL", "BOOT_FAIL", "OUT_OF_MEMORY"}) {
    if (state == lost) return ended(74);
  }
  return {};
}

BatchEnd wait_for_batch(const std::string& job) {
  const auto begin = std::chrono::steady_clock::now();
  auto answered = begin;
  for (;;) {
    const auto result = run_program({"scontrol", "show", "job", job});
    const auto now = std::chrono::steady_clock::now();
    if (result.code == 0) {
      answered = now;
      if (const auto end = batch_end(result.output)) return *end;
    } else if (result.errors.find("Invalid job id") != std::string::npos || now - answered > 5min) {
      throw base::io_error(one_line(result.errors), "job " + job, "the output's manifest tells what became of the run");
    }
    std::this_thread::sleep_for(now - begin < 2min ? 1s : 10s);
  }
}

}  // namespace fullbase::operations
