#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>

#include "base/utf8.hpp"
#include "cli/commands.hpp"
#include "cli/job_arguments.hpp"
#include "cli/plan_report.hpp"
#include "operations/planning.hpp"
#include "parallel/for_each.hpp"
#include "runtime/import_run.hpp"
#include "store/file.hpp"

namespace fullbase::cli {
namespace {

struct PlanArguments {
  JobArguments job;
  int ranks = 1;
  int nodes = 1;
  std::optional<std::string> rates;
  std::optional<std::string> save_rates;
  std::optional<std::string> last_run;
  bool json = false;
};

int plan(const PlanArguments& arguments, Invocation& invocation) {
  const auto job = arguments.job.load(invocation.communicator);
  const auto& file = job.checked.file;
  operations::PlanSettings settings;
  settings.ranks = arguments.ranks;
  settings.nodes = arguments.nodes;
  const auto& resources = file.options.resources;
  settings.grant = operations::planned_grant(arguments.ranks, arguments.nodes, resources.threads, resources.memory_per_rank);
  parallel::set_thread_count(settings.grant.threads);
  settings.pace = arguments.rates ? operations::read_pace(*arguments.rates)
                                  : operations::measure_pace(file.output.empty() ? "" : store::folder_of(file.output));
  if (arguments.save_rates) operations::write_pace(*settings.pace, *arguments.save_rates);
  settings.past = arguments.last_run ? operations::read_past_run(*arguments.last_run) : operations::last_run(file);
  auto plan = operations::plan_job(job, settings);
  if (auto trouble = runtime::key_trouble(file); !trouble.empty()) plan.warnings.push_back(std::move(trouble));
  std::optional<base::Error> too_little;
  try {
    if (auto warning = operations::check_memory(plan, settings); !warning.empty()) plan.warnings.push_back(std::move(warning));
  } catch (const base::Error& error) {
    too_little = error;  // told after the plan, which shows what else there is
  }
  if (arguments.json) {
    print_plan_json(plan, settings, invocation.out);
  } else {
    print_plan_text(plan, settings, invocation.out);
    for (const auto& warning : plan.warnings) invocation.out << "warning: " << base::printable(warning) << '\n';
  }
  if (too_little) throw *too_little;
  return 0;
}

}  // namespace

void add_plan(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand(
      "plan", "What a job file will take: steps in order, rows, memory a rank, disk, network, time; reads no rows");
  const auto arguments = std::make_shared<PlanArguments>();
  arguments->job.add_file(*command);
  command->add_option("--ranks", arguments->ranks, "Ranks that the job will run on")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--nodes", arguments->nodes, "Machines that the ranks will be spread over, each like this one")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  arguments->job.add_resources(*command);
  command
      ->add_option("--rates", arguments->rates,
                   "How fast the machine is that the job will run on, as --save-rates wrote it there")
      ->type_name("FILE");
  command->add_option("--save-rates", arguments->save_rates, "Write how fast this machine is")->type_name("FILE");
  command
      ->add_option("--last-run", arguments->last_run,
                   "The manifest of a run to go by; else that of the job's last output, if there is one")
      ->type_name("RUN.json");
  command->add_flag("--json", arguments->json, "As one JSON object");
  command->footer(
      "fullbase plan configs/nightly.yaml --ranks 64 --nodes 8\n"
      "How fast the machine is, it measures: for that it writes 16 MiB beside the output and removes them again, unless --rates "
      "tells. Of files to import it reads the beginnings, up to 8 MiB.\n"
      "Exit code 78: a step needs more memory than a rank is granted.");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = false, .run = [arguments](Invocation& invocation) { return plan(*arguments, invocation); }};
  });
}

}  // namespace fullbase::cli
