#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/job_arguments.hpp"
#include "jobs/registry.hpp"
#include "runtime/run.hpp"

namespace fullbase::cli {
namespace {

int run(const JobArguments& arguments, Invocation& invocation) {
  runtime::Progress progress(arguments.progress(invocation.communicator), std::cerr);
  auto job = arguments.load(invocation.communicator);
  invocation.watchdog.set_silence_limit(std::chrono::milliseconds(job.checked.file.options.resources.silence_limit / 1000));
  runtime::run_job(invocation.communicator, job, jobs::job_kinds(), {arguments.force}, progress);
  return 0;
}

int import(const JobArguments& arguments, Invocation& invocation) {
  runtime::Progress progress(arguments.progress(invocation.communicator), std::cerr);
  auto job = arguments.load(invocation.communicator);
  invocation.watchdog.set_silence_limit(std::chrono::milliseconds(job.checked.file.options.resources.silence_limit / 1000));
  runtime::run_import(invocation.communicator, job, jobs::job_kinds(), {arguments.force}, progress);
  return 0;
}

}  // namespace

void add_run(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("run", "Run a job file: import what is new, run the steps, publish the output");
  const auto arguments = std::make_shared<JobArguments>();
  arguments->add_file(*command);
  arguments->add_running(*command);
  command->footer(
      "mpirun -n 4 fullbase run configs/nightly.yaml\n"
      "mpirun -n 2 fullbase run configs/nightly.yaml --set steps.segments.k=8 --memory 2GiB");
  command->callback([arguments, &selection] {
    selection = {true, [arguments](Invocation& invocation) { return run(*arguments, invocation); }};
  });
}

void add_import(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("import", "Bring the store up to date: the import section of a job file alone");
  const auto arguments = std::make_shared<JobArguments>();
  arguments->add_file(*command);
  arguments->add_running(*command);
  command->footer("mpirun -n 4 fullbase import configs/online_retail.yaml");
  command->callback([arguments, &selection] {
    selection = {true, [arguments](Invocation& invocation) { return import(*arguments, invocation); }};
  });
}

}  // namespace fullbase::cli
