#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/size.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/duration_argument.hpp"
#include "cli/job_arguments.hpp"
#include "cli/resource_arguments.hpp"
#include "operations/batch_job.hpp"
#include "operations/batch_script.hpp"
#include "operations/planning.hpp"
#include "runtime/import_run.hpp"
#include "runtime/progress.hpp"
#include "store/file.hpp"

namespace fullbase::cli {
namespace {

/// A job that takes twice as long as planned is no fault; one that is stopped for it goes on later, so that more would only make
/// it wait longer in the queue.
constexpr double time_margin = 3;
constexpr std::int64_t least_time = 15 * 60;

struct SubmitArguments {
  operations::BatchSettings batch;
  std::optional<std::string> name;
  std::optional<std::string> memory;
  std::optional<std::string> time;
  std::optional<std::string> notice;
  std::optional<std::string> program;
  bool dry_run = false;
  bool wait = false;
};

std::int64_t seconds_of(const std::string& duration) {
  return *base::parse_duration(duration) / base::microseconds_per_second;
}

/// The job file and its overrides, as `fullbase run` will take them. Throws a usage error for arguments that it would not take.
JobArguments arguments_of_run(const operations::BatchSettings& batch) {
  std::vector<std::string> words = {batch.job_file};
  words.insert(words.end(), batch.arguments.begin(), batch.arguments.end());
  const std::vector<std::string> backwards(words.rbegin(), words.rend());  // CLI11 takes them from the back
  JobArguments arguments;
  try {
    CLI::App run;
    Selection ignored;
    add_run(run, ignored);
    auto command = backwards;
    command.push_back("run");
    run.parse(std::move(command));
    CLI::App known;
    arguments.add_file(known);
    arguments.add_running(known);
    known.allow_extras();
    auto rest = backwards;
    known.parse(std::move(rest));
  } catch (const CLI::ParseError& error) {
    throw base::usage_error(error.what(), "arguments of `fullbase run`", "what stands after -- goes to it");
  }
  if (arguments.key_descriptor)
    throw base::usage_error("a batch job is given no open file", "--key-fd",
                            "let privacy.key_file name a file that its machines see");
  return arguments;
}

/// Bytes of each machine for ranks that hold so many bytes of data each: of what Slurm gives they take four fifths.
std::int64_t memory_of_node(std::int64_t data, const operations::BatchSettings& batch) {
  return batch.ranks_per_node * std::max(data / 4 * 5, data + operations::process_memory(batch.threads.value_or(1)));
}

operations::Plan plan_of(const runtime::LoadedJob& job, const operations::BatchSettings& batch) {
  operations::PlanSettings settings;
  settings.nodes = batch.nodes;
  settings.ranks = batch.nodes * batch.ranks_per_node;
  settings.grant = operations::planned_grant(settings.ranks, settings.nodes, batch.threads,
                                             job.checked.file.options.resources.memory_per_rank);
  const auto& output = job.checked.file.output;
  settings.pace = operations::measure_pace(output.empty() ? "" : store::folder_of(output));
  settings.past = operations::last_run(job.checked.file);
  return operations::plan_job(job, settings);
}

/// What the command line leaves open, from the job file or else the plan. Returns what was taken from the plan, for the user.
std::string fill_in(operations::BatchSettings& batch, const SubmitArguments& arguments, Invocation& invocation) {
  const auto job = arguments_of_run(batch).load(invocation.communicator);
  if (const auto trouble = runtime::key_trouble(job.checked.file); !trouble.empty())
    std::cerr << runtime::warning_line(trouble, runtime::LogFormat::text) << '\n';
  const auto& resources = job.checked.file.options.resources;
  batch.stop_patience = resources.stop_patience / base::microseconds_per_second;
  if (!batch.threads) batch.threads = resources.threads;
  auto memory = arguments.memory ? base::parse_bytes(*arguments.memory) : resources.memory_per_rank;
  if (arguments.time) batch.time_limit = seconds_of(*arguments.time);
  std::string planned;
  if (!memory || !batch.time_limit) {
    const auto plan = plan_of(job, batch);
    // Whole machines have all their memory.
    if (!memory && batch.threads && plan.is_complete && plan.best_memory > 0) {
      memory = plan.best_memory;
      planned += fmt::format("; the plan says {} a rank", base::format_bytes(plan.best_memory));
    }
    if (!batch.time_limit && plan.seconds) {
      batch.time_limit = std::max(least_time, static_cast<std::int64_t>(std::ceil(*plan.seconds * time_margin)));
      planned += fmt::format("; the plan says {}", base::format_duration(*plan.seconds));
    }
  }
  if (memory) batch.memory_per_node = memory_of_node(*memory, batch);
  if (arguments.notice) {
    batch.notice = seconds_of(*arguments.notice);
  } else if (batch.time_limit) {
    batch.notice = std::min(batch.notice, *batch.time_limit / 4);
  }
  return planned;
}

/// "4 nodes of 2 ranks, 64 GiB each, at most 2 h 00 min".
std::string asked_for(const operations::BatchSettings& batch) {
  std::string text = fmt::format("{} node{} of {} rank{}", batch.nodes, batch.nodes == 1 ? "" : "s", batch.ranks_per_node,
                                 batch.ranks_per_node == 1 ? "" : "s");
  if (batch.memory_per_node) text += fmt::format(", {} each", base::format_bytes(*batch.memory_per_node));
  if (batch.time_limit) text += ", at most " + base::format_duration(static_cast<double>(*batch.time_limit));
  return text;
}

int submit(const SubmitArguments& arguments, Invocation& invocation) {
  auto batch = arguments.batch;
  batch.program = arguments.program ? *arguments.program : std::filesystem::read_symlink("/proc/self/exe").string();
  batch.name = arguments.name ? *arguments.name : std::filesystem::path(batch.job_file).stem().string();
  const auto planned = fill_in(batch, arguments, invocation);
  const auto script = operations::batch_script(batch);
  if (arguments.dry_run) {
    invocation.out << script;
    return 0;
  }
  const auto job = operations::submit_batch(script);
  invocation.out << fmt::format("job {}: {}{}", job, asked_for(batch), planned) << std::endl;
  if (!arguments.wait) return 0;
  const auto end = operations::wait_for_batch(job);
  invocation.out << fmt::format("job {}: {}, exit code {}\n", job, end.state, end.code);
  return end.code;
}

void add_options(CLI::App& command, SubmitArguments& arguments) {
  auto& batch = arguments.batch;
  command.add_option("job", batch.job_file, "The job file")->required()->type_name("JOB.yaml");
  command.add_option("arguments", batch.arguments, "After --: more for `fullbase run`, such as --set steps.segments.k=8")
      ->type_name("-- ARGUMENT");
  command.add_option("--nodes,-N", batch.nodes, "Machines")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  command.add_option("--ranks-per-node", batch.ranks_per_node, "Ranks of each machine")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command.add_option("--threads", batch.threads, "Threads of each rank; else resources.threads; else whole machines")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command
      .add_option(
          "--memory", arguments.memory,
          "Memory of each rank, such as 4GiB; else resources.memory_per_rank; else what the plan says, or all of whole machines")
      ->check(memory_problem)
      ->type_name("SIZE");
  command
      .add_option("--time", arguments.time,
                  "Time limit, such as 2h; else three times what the plan says, or the partition's limit")
      ->check(duration_problem)
      ->type_name("DURATION");
  command
      .add_option("--notice", arguments.notice,
                  "So long before the limit the run is told to save its work and stop (5m, or a quarter of a shorter limit)")
      ->check(duration_problem)
      ->type_name("DURATION");
  command.add_option("--restarts", batch.restarts, "So often at most a job that was told to stop is queued again")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command
      .add_option("--retries", batch.retries,
                  "So often at most a job is queued again, restarts for time counted, after a machine, disk or network failed")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command.add_option("--partition,-p", batch.partition, "Where to queue it");
  command.add_option("--account,-A", batch.account, "Who pays");
  command.add_option("--dependency,-d", batch.dependency, "What has to be over first, such as afterok:1234");
  command.add_option("--name", arguments.name, "What squeue calls it; else the job file's name");
  command.add_option("--log", batch.log, "File for its output: %x is the name, %j the job's number")->capture_default_str();
  command.add_option("--directive", batch.directives, "One more option of sbatch, as often as needed: --directive=--qos=night")
      ->allow_extra_args(false)
      ->type_name("OPTION");
  command.add_option("--program", arguments.program, "The fullbase to run, as the machines see it; else this one")
      ->type_name("PATH");
  auto* const dry = command.add_flag("--dry-run", arguments.dry_run, "Print the script, submit nothing");
  command.add_flag("--wait", arguments.wait, "Wait until the job has ended, over all its restarts, and end with its exit code")
      ->excludes(dry);
}

}  // namespace

void add_submit(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("submit", "Queue a run as a batch job of Slurm, or print the script for one");
  const auto arguments = std::make_shared<SubmitArguments>();
  add_options(*command, *arguments);
  command->footer(
      "fullbase submit configs/nightly.yaml --nodes 4 --ranks-per-node 2 --threads 8 --memory 16GiB --time 2h\n"
      "fullbase submit configs/nightly.yaml --nodes 4 --dry-run > nightly.sbatch\n"
      "fullbase submit configs/nightly.yaml --nodes 4 --wait -- --set steps.segments.k=8");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = false, .run = [arguments](Invocation& invocation) { return submit(*arguments, invocation); }};
  });
}

}  // namespace fullbase::cli
