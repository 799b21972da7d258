#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/duration_argument.hpp"
#include "cli/log_arguments.hpp"
#include "operations/supervision.hpp"

namespace fullbase::cli {
namespace {

struct SuperviseArguments {
  operations::SupervisionSettings settings;
  std::string backoff = "5s";
  LogArguments log;
  std::vector<std::string> command;
};

int supervise(const SuperviseArguments& arguments) {
  // The launcher of a rank would take the launcher of its command for a rank of its own.
  if (std::getenv("OMPI_COMM_WORLD_RANK") != nullptr)
    throw base::usage_error("supervise runs as a rank", {}, "write fullbase supervise -- mpirun ...");
  auto settings = arguments.settings;
  settings.pause = std::chrono::milliseconds(*base::parse_duration(arguments.backoff) / 1000);
  auto log = arguments.log.settings();
  log.bar = false;  // the command may draw one
  runtime::Progress progress(log, std::cerr);
  return operations::supervise(arguments.command, settings, progress);
}

}  // namespace

void add_supervise(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("supervise", "Run a command, and run it again after a crash or a stop");
  const auto arguments = std::make_shared<SuperviseArguments>();
  command->add_option("--tries", arguments->settings.tries, "How often to start it at most")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--backoff", arguments->backoff, "The pause before the second try; each later one is twice as long")
      ->check(duration_problem)
      ->type_name("TIME")
      ->capture_default_str();
  command->add_flag("--fewer-ranks", arguments->settings.fewer_ranks,
                    "After a crash, half as many ranks: -n, which mpirun or srun is given first");
  arguments->log.add(*command, "Say nothing of a try that works");
  command->positionals_at_end();  // every word from the command on is the command's, `--` before it or not
  command->add_option("command", arguments->command, "The command, after --")->required()->type_name("-- COMMAND ...");
  command->footer(
      "fullbase supervise -- mpirun -n 4 fullbase run configs/nightly.yaml\n"
      "fullbase supervise --tries 5 --backoff 30s --fewer-ranks -- mpirun -n 4 fullbase run configs/nightly.yaml\n"
      "Not tried again: 0 and 3 (done), 2, 65 and 78 (it would fail again), and what ends by a signal to supervise.");
  command->callback([arguments, &selection] {
    selection = {.format = arguments->log.format(), .run = [arguments](Invocation&) { return supervise(*arguments); }};
  });
}

}  // namespace fullbase::cli
