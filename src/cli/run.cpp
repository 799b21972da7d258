#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/inference.hpp"
#include "cli/job_arguments.hpp"
#include "jobs/registry.hpp"
#include "runtime/run.hpp"

namespace fullbase::cli {
namespace {

using Work = decltype(runtime::run_job);

/// Exit code of a run that has published, but not every step.
constexpr int without_optional_steps = 3;

/// "1%" or "0.01" as a share between 0 and 1; nothing for anything else.
std::optional<double> parse_share(std::string_view text) {
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  if (is_percent) value /= 100;
  return value > 0 && value < 1 ? std::optional(value) : std::nullopt;
}

/// The options of `run` that take a part of the job or of the data.
struct PartArguments {
  std::vector<std::string> only;
  std::optional<std::string> from;
  std::optional<std::string> sample;
  std::optional<std::string> sample_by;
  bool fresh = false;

  void add(CLI::App& command) {
    auto* const just = command
                           .add_option("--only", only,
                                       "Run this step and what it needs, as often as needed; unless these are all "
                                       "steps, the output is OUTPUT.only.h5")
                           ->type_name("STEP")
                           ->allow_extra_args(false);
    command
        .add_option("--from", from, "Run this step and all after it; take the others from the last output where they still hold")
        ->type_name("STEP")
        ->excludes(just);
    auto* const share =
        command.add_option("--sample", sample, "Read a share of the customers only, such as 1%; the output is OUTPUT.sample.h5")
            ->check([](const std::string& text) {
              return parse_share(text) ? std::string() : fmt::format("'{}' is no share such as 1% or 0.01", text);
            })
            ->type_name("SHARE");
    command.add_option("--sample-by", sample_by, "The column that a sample goes by, instead of the job's sample.by")
        ->type_name("COLUMN")
        ->needs(share);
    command.add_flag("--fresh", fresh, "Start over: take nothing from a run before, finished or broken off");
  }
  runtime::PartSettings settings() const { return {only, from, sample ? parse_share(*sample) : std::nullopt, sample_by}; }
};

int work_on_job(Work& work, const JobArguments& arguments, const PartArguments& part, Invocation& invocation) {
  runtime::Progress progress(arguments.progress(invocation.communicator), std::cerr);
  auto job = arguments.load(invocation.communicator);
  invocation.watchdog.set_silence_limit(std::chrono::milliseconds(job.checked.file.options.resources.silence_limit / 1000));
  const runtime::RunSettings settings{.part = part.settings(),
                                      .import_again = arguments.force,
                                      .fresh = part.fresh,
                                      .again = arguments.force,
                                      .key_descriptor = arguments.key_descriptor,
                                      .settle = [&](const base::Error& error) { return invocation.watchdog.settle(error); }};
  const auto record = work(invocation.communicator, job, jobs::job_kinds(), settings, progress);
  return record.failed_steps.empty() ? 0 : without_optional_steps;
}

/// What the command does that is chosen.
std::function<void()> choice(const std::shared_ptr<JobArguments>& arguments, const std::shared_ptr<PartArguments>& part,
                             Selection& selection, Work& work) {
  return [arguments, part, &selection, &work] {
    selection = {
        .uses_ranks = true,
        .stops = true,
        .format = arguments->log.format(),
        .run = [arguments, part, &work](Invocation& invocation) { return work_on_job(work, *arguments, *part, invocation); }};
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
  const auto arguments = add_arguments(*command);
  const auto part = std::make_shared<PartArguments>();
  part->add(*command);
  command->callback(choice(arguments, part, selection, runtime::run_job));
  command->footer(
      "mpirun -n 4 fullbase run configs/nightly.yaml\n"
      "mpirun -n 2 fullbase run configs/nightly.yaml --set steps.segments.k=8 --memory 2GiB\n"
      "fullbase run configs/nightly.yaml --sample 1% --sample-by customer --only segments");
}

void add_import(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("import", "Bring the store up to date: the import section of a job file alone");
  const auto arguments = add_arguments(*command);
  add_inference(*command, selection, choice(arguments, std::make_shared<PartArguments>(), selection, runtime::run_import));
  command->footer(
      "mpirun -n 4 fullbase import configs/online_retail.yaml\n"
      "fullbase import --infer lines.csv > import.yaml\n"
      "fullbase import --infer baskets.dat --layout baskets > import.yaml");
}

}  // namespace fullbase::cli
