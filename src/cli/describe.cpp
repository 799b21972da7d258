#include <CLI/CLI.hpp>

#include <memory>
#include <vector>

#include "cli/commands.hpp"
#include "cli/profile_report.hpp"
#include "cli/resource_arguments.hpp"
#include "cli/table_location.hpp"
#include "comm/agreement.hpp"
#include "data/budget.hpp"

namespace fullbase::cli {
namespace {

struct DescribeArguments {
  std::string path;
  std::string table;
  std::vector<std::string> columns;
  std::int64_t frequent = 5;
  std::string format = "text";
  ResourceArguments resources;
};

int describe_table(const DescribeArguments& arguments, Invocation& invocation) {
  auto& communicator = invocation.communicator;
  const auto grant = arguments.resources.take(communicator);
  std::vector<int> columns;
  const auto source = comm::collective_try(communicator, "open table", [&] {
    auto opened = open_table_of(arguments.path, arguments.table);
    columns = columns_of(*opened, arguments.columns);
    return opened;
  });
  data::Budget budget(grant.memory);
  TableProfile profile{source->name(), source->rows(), {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99}, {}};
  for (const int column : columns)
    profile.columns.push_back(
        describe::column_profile(communicator, *source, column, profile.probabilities, arguments.frequent, budget));
  (arguments.format == "json" ? print_profile_json : print_profile_text)(profile, invocation.out);
  return 0;
}

}  // namespace

void add_describe(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand(
      "describe", "What the columns of a table hold: missing and distinct values, quantiles, the most frequent ones; all exact");
  const auto arguments = std::make_shared<DescribeArguments>();
  command->add_option("path", arguments->path, "A store's folder, an HDF5 or a Parquet file")->required();
  command->add_option("table", arguments->table, "The table; left out: the first one");
  command->add_option("--columns", arguments->columns, "These columns alone, in this order")
      ->delimiter(',')
      ->type_name("A,B,...");
  command->add_option("--frequent", arguments->frequent, "Most frequent values of each column")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command->add_option("--format", arguments->format, "text, or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  arguments->resources.add(*command);
  command->footer("fullbase describe data/retail transactions\nmpirun -n 2 fullbase describe out/nightly.h5 rfm --format json");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = true,
                 .run = [arguments](Invocation& invocation) { return describe_table(*arguments, invocation); }};
  });
}

}  // namespace fullbase::cli
