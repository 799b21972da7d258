#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>

#include "base/utf8.hpp"
#include "cli/commands.hpp"
#include "cli/job_arguments.hpp"
#include "runtime/import_run.hpp"

namespace fullbase::cli {
namespace {

int validate(const JobArguments& arguments, Invocation& invocation) {
  const auto job = arguments.load(invocation.communicator);
  for (const auto& warning : job.warnings) invocation.out << "warning: " << base::printable(warning) << '\n';
  if (const auto trouble = runtime::key_trouble(job.checked.file); !trouble.empty())
    invocation.out << "warning: " << base::printable(trouble) << '\n';
  const auto steps = job.checked.file.steps.size();
  invocation.out << fmt::format("{}: valid, {} step{}\n", arguments.file, steps, steps == 1 ? "" : "s");
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

}  // namespace fullbase::cli
