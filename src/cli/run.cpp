#include <CLI/CLI.hpp>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/inference.hpp"
#include "cli/job_arguments.hpp"
#include "jobs/registry.hpp"
#include "runtime/run.hpp"

namespace fullbase::cli {
namespace {

using Work = decltype(runtime::run_job);

int work_on_job(Work& work, const JobArguments& arguments, Invocation& invocation) {
  runtime::Progress progress(arguments.progress(invocation.communicator), std::cerr);
  auto job = arguments.load(invocation.communicator);
  invocation.watchdog.set_silence_limit(std::chrono::milliseconds(job.checked.file.options.resources.silence_limit / 1000));
  const runtime::RunSettings settings{arguments.force,
                                      [&](const base::Error& error) { return invocation.watchdog.settle(error); }};
  work(invocation.communicator, job, jobs::job_kinds(), settings, progress);
  return 0;
}

/// What the command does that is chosen.
std::function<void()> choice(const std::shared_ptr<JobArguments>& arguments, Selection& selection, Work& work) {
  return [arguments, &selection, &work] {
    selection = {
        .uses_ranks = true, .stops = true, .format = arguments->format(), .run = [arguments, &work](Invocation& invocation) {
          return work_on_job(work, *arguments, invocation);
        }};
  };
}

std::shared_ptr<JobArguments> add_arguments(CLI::App& command) {
  const auto arguments = std::make_shared<JobArguments>();
  arguments->add_file(command);
  arguments->add_running(command);
  return arguments;
}

}  // namespace

void add_run(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("run", "Run a job file: import what is new, run the steps, publish the output");
  command->callback(choice(add_arguments(*command), selection, runtime::run_job));
  command->footer(
      "mpirun -n 4 fullbase run configs/nightly.yaml\n"
      "mpirun -n 2 fullbase run configs/nightly.yaml --set steps.segments.k=8 --memory 2GiB");
}

void add_import(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("import", "Bring the store up to date: the import section of a job file alone");
  const auto arguments = add_arguments(*command);
  add_inference(*command, selection, choice(arguments, selection, runtime::run_import));
  command->footer(
      "mpirun -n 4 fullbase import configs/online_retail.yaml\n"
      "fullbase import --infer lines.csv > import.yaml");
}

}  // namespace fullbase::cli
