#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>

#include "base/size.hpp"
#include "cli/commands.hpp"
#include "cli/job_arguments.hpp"
#include "cli/text_table.hpp"
#include "parallel/for_each.hpp"
#include "runtime/planning.hpp"
#include "runtime/resources.hpp"

namespace fullbase::cli {
namespace {

int validate(const JobArguments& arguments, Invocation& invocation) {
  const auto job = arguments.load(invocation.communicator);
  for (const auto& warning : job.warnings) invocation.out << "warning: " << warning << '\n';
  const auto steps = job.checked.file.steps.size();
  invocation.out << fmt::format("{}: valid, {} step{}\n", arguments.file, steps, steps == 1 ? "" : "s");
  return 0;
}

int plan(const JobArguments& arguments, int ranks, Invocation& invocation) {
  const auto job = arguments.load(invocation.communicator);
  if (const auto threads = job.checked.file.options.resources.threads) parallel::set_thread_count(*threads);
  const auto plan = runtime::plan_job(job, ranks);
  TextTable table;
  for (const char* const title : {"step", "job", "reads", "writes"}) table.add_column(title);
  for (const char* const title : {"rows read", "least memory a rank", "best"}) table.add_column(title, TextTable::Align::right);
  for (const auto& step : plan.steps) {
    const auto bytes = [](std::int64_t value) { return value > 0 ? base::format_bytes(value) : std::string("small"); };
    table.add_row({step.id, step.job, step.reads, step.writes, step.rows ? base::format_count(*step.rows) : "not known yet",
                   step.memory ? bytes(step.memory->least) : "-", step.memory ? bytes(step.memory->best) : "-"});
  }
  table.print(invocation.out);
  if (plan.stored_bytes > 0) invocation.out << "tables that are read: " << base::format_bytes(plan.stored_bytes) << " on disk\n";
  return 0;
}

}  // namespace

void add_validate(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("validate", "Check a job file, with every mistake in it; reads no data");
  const auto arguments = std::make_shared<JobArguments>();
  arguments->add_file(*command);
  command->footer("fullbase validate configs/nightly.yaml");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = false, .run = [arguments](Invocation& invocation) { return validate(*arguments, invocation); }};
  });
}

void add_plan(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("plan", "What a job file will do: steps in order, rows, memory a rank; reads no data");
  const auto arguments = std::make_shared<JobArguments>();
  const auto ranks = std::make_shared<int>(1);
  arguments->add_file(*command);
  command->add_option("--ranks", *ranks, "Ranks that the job will run on")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->footer("fullbase plan configs/nightly.yaml --ranks 64");
  command->callback([arguments, ranks, &selection] {
    selection = {.uses_ranks = false,
                 .run = [arguments, ranks](Invocation& invocation) { return plan(*arguments, *ranks, invocation); }};
  });
}

}  // namespace fullbase::cli
