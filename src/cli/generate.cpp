#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "base/size.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "runtime/generate.hpp"
#include "runtime/resources.hpp"

namespace fullbase::cli {
namespace {

struct GenerateArguments {
  std::string store;
  synthetic::Options options;
  std::string first_day = base::format_date(synthetic::Options{}.first_day);
  std::string last_day = base::format_date(synthetic::Options{}.last_day);
  std::optional<int> threads;
  bool force = false;
  bool quiet = false;
};

std::int64_t day(const std::string& text, const char* option) {
  const auto parsed = base::TimeFormat().parse_date(text);
  if (!parsed) throw base::usage_error(fmt::format("'{}' {}", text, base::describe(parsed.status)), option, "write 2026-01-31");
  return parsed.value;
}

int generate(const GenerateArguments& arguments, Invocation& invocation) {
  auto options = arguments.options;
  options.first_day = day(arguments.first_day, "--first-day");
  options.last_day = day(arguments.last_day, "--last-day");
  auto& communicator = invocation.communicator;
  const auto grant = runtime::take_grant(communicator, arguments.threads, {});
  runtime::ProgressSettings settings;
  settings.quiet = arguments.quiet;
  settings.silent = !communicator.is_root();
  runtime::Progress progress(settings, std::cerr);
  if (!grant.warning.empty()) progress.warn(grant.warning);
  const auto report = runtime::generate_store(communicator, arguments.store, options, arguments.force, progress);
  invocation.out << fmt::format("{}: {} customers, {} transaction lines{}\n", arguments.store,
                                base::format_count(report.customers), base::format_count(report.lines),
                                report.changed ? "" : ", as they were");
  return 0;
}

}  // namespace

void add_generate(CLI::App& app, Selection& selection) {
  auto* const command =
      app.add_subcommand("generate", "A synthetic customer base of any size in a store: the same bits on any ranks");
  const auto arguments = std::make_shared<GenerateArguments>();
  auto& options = arguments->options;
  command->add_option("--store", arguments->store, "Folder of the store; made if it is not there")
      ->required()
      ->type_name("FOLDER");
  command->add_option("--customers", options.customers, "Customers")->capture_default_str();
  command->add_option("--lines", options.lines, "Transaction lines, at least one a customer")->capture_default_str();
  command->add_option("--items", options.items, "Different things sold")->capture_default_str();
  command->add_option("--first-day", arguments->first_day, "First day of the history")->type_name("DATE")->capture_default_str();
  command->add_option("--last-day", arguments->last_day, "The day after the last")->type_name("DATE")->capture_default_str();
  command->add_option("--seed", options.seed, "Start of every random draw")->capture_default_str();
  command->add_option("--threads", arguments->threads, "Threads of each rank")->check(CLI::Range(1, 4096))->type_name("N");
  command->add_flag("--force", arguments->force, "Replace tables of the store that were imported, too");
  command->add_flag("--quiet,-q", arguments->quiet, "Say nothing but warnings and errors");
  command->footer("mpirun -n 2 fullbase generate --store data/generated --customers 200000 --lines 5000000");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = true, .stops = true, .run = [arguments](Invocation& invocation) {
                   return generate(*arguments, invocation);
                 }};
  });
}

}  // namespace fullbase::cli
