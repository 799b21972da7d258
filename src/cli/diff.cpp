#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "algorithms/compare/difference.hpp"
#include "algorithms/compare/schema_difference.hpp"
#include "base/error.hpp"
#include "cli/change_file.hpp"
#include "cli/commands.hpp"
#include "cli/difference_report.hpp"
#include "cli/resource_arguments.hpp"
#include "cli/table_location.hpp"
#include "comm/agreement.hpp"
#include "data/budget.hpp"
#include "data/show_value.hpp"
#include "store/columnar_format.hpp"

namespace fullbase::cli {
namespace {

struct DiffArguments {
  std::string before;
  std::string after;
  std::vector<std::string> keys;
  std::string table;
  std::string segment;
  std::vector<std::string> columns;
  double tolerance = 0;
  std::int64_t limit = 20;
  std::string format = "text";
  std::string output;
  bool formula_guard = true;
  bool exit_code = false;
  ResourceArguments resources;
};

/// The name by which a table is told: as job files write it.
std::string told(std::string name) {
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

const store::TableSummary* find(const std::vector<store::TableSummary>& tables, const std::string& name) {
  const auto found = std::ranges::find_if(tables, [&](const auto& table) { return told(table.name) == told(name); });
  return found == tables.end() ? nullptr : &*found;
}

/// Which tables are compared, and what is to say of the others. Not collective.
std::vector<std::string> choose_tables(const DiffArguments& arguments, DifferenceReport& report) {
  if (!arguments.table.empty()) return {arguments.table};
  if (store::is_parquet_file(arguments.before) != store::is_parquet_file(arguments.after))
    throw base::usage_error("one of the two is a Parquet file, whose table has no name", "--table",
                            "name the table of the other one that it is compared with");
  const auto before = tables_of(arguments.before);
  const auto after = tables_of(arguments.after);
  std::vector<std::string> chosen;
  const auto has_keys = [&](const store::TableSummary& table) {
    return std::ranges::all_of(arguments.keys, [&](const auto& key) { return table.schema.find(key).has_value(); });
  };
  for (const auto& table : after) {
    const auto* const other = find(before, table.name);
    if (other == nullptr) {
      report.only_after.push_back(told(table.name));
    } else if (has_keys(table) && has_keys(*other)) {
      chosen.push_back(told(table.name));
    } else {
      report.not_compared.push_back(told(table.name) + ": it has no such key");
    }
  }
  for (const auto& table : before) {
    if (find(after, table.name) == nullptr) report.only_before.push_back(told(table.name));
  }
  if (chosen.empty())
    throw base::input_error(fmt::format("no table of both places has the key {}", fmt::join(arguments.keys, ",")),
                            arguments.after, "give another --key, or see `fullbase info`");
  if (!arguments.output.empty() && chosen.size() > 1)
    throw base::usage_error(fmt::format("{} tables have this key, and a file of changes is of one", chosen.size()), "--output",
                            "choose one with --table");
  return chosen;
}

bool is_key(const DiffArguments& arguments, const std::string& name) {
  return std::ranges::find(arguments.keys, name) != arguments.keys.end();
}

/// The columns in common that --columns asks for; all that are no key if it asks for none.
std::vector<compare::CommonColumn> chosen_columns(const DiffArguments& arguments, const compare::ComparedSchemas& schemas,
                                                  const data::BlockSource& later) {
  std::vector<compare::CommonColumn> columns;
  if (arguments.columns.empty()) {
    for (const auto& column : schemas.common) {
      if (!is_key(arguments, column.field.name)) columns.push_back(column);
    }
    return columns;
  }
  for (const auto& name : arguments.columns) {
    const auto found = std::ranges::find_if(schemas.common, [&](const auto& column) { return column.field.name == name; });
    if (found == schemas.common.end() || is_key(arguments, name))
      throw base::usage_error(fmt::format("'{}' is no column that can be compared", name), "--columns: " + later.name(),
                              "give columns that both tables have with one type");
    columns.push_back(*found);
  }
  return columns;
}

std::optional<compare::CommonColumn> segment_column(const DiffArguments& arguments, const compare::ComparedSchemas& schemas,
                                                    const data::BlockSource& later) {
  const std::string name = arguments.segment.empty() ? "segment" : arguments.segment;
  for (const auto& column : schemas.common) {
    const auto type = column.field.type;
    const bool countable = type == data::Type::int64 || type == data::Type::category || type == data::Type::boolean;
    if (column.field.name == name && countable) return column;
  }
  if (arguments.segment.empty()) return std::nullopt;
  throw base::usage_error(fmt::format("'{}' is no column of integers, booleans or categories that both tables have", name),
                          "--segment: " + later.name());
}

/// Collective.
TableDifference compare_table(const DiffArguments& arguments, const std::string& name, comm::Communicator& communicator,
                              data::Budget& budget) {
  const auto open = [&](const std::string& path) {
    return comm::collective_try(communicator, "open table", [&] { return open_counterpart(path, name); });
  };
  const auto earlier = open(arguments.before);
  const auto later = open(arguments.after);
  TableDifference table;
  table.name = name;
  table.keys = arguments.keys;
  table.rows_before = earlier->rows();
  table.rows_after = later->rows();
  auto tables = comm::collective_try(communicator, "compare schemas", [&] {
    auto schemas = compare::compare_schemas(*earlier, *later);
    compare::ComparedTables compared{*earlier, *later, compare::key_columns(*earlier, *later, arguments.keys),
                                     chosen_columns(arguments, schemas, *later), segment_column(arguments, schemas, *later)};
    table.schema = std::move(schemas.differences);
    return compared;
  });
  if (tables.segment) {
    table.segment = tables.segment->field.name;
    table.segment_names = tables.segment->dictionary;
  }
  const compare::DifferenceOptions options{
      arguments.tolerance, arguments.limit, !arguments.output.empty(),
      [](const data::Column& column, std::int64_t row) { return data::show_value(column, row, ""); }};
  table.rows = compare::difference(communicator, tables, options, budget);
  if (options.every_change) {
    std::vector<std::string> names;
    for (const auto& column : tables.columns) names.push_back(column.field.name);
    write_changes(communicator, table.rows.every_change, tables.keys.size(), names, arguments.output, arguments.formula_guard);
  }
  return table;
}

int diff(const DiffArguments& arguments, Invocation& invocation) {
  auto& communicator = invocation.communicator;
  const auto grant = arguments.resources.take(communicator);
  DifferenceReport report;
  report.limit = arguments.limit;
  const auto names = comm::collective_try(communicator, "choose tables", [&] { return choose_tables(arguments, report); });
  data::Budget budget(grant.memory);
  for (const auto& name : names) {
    try {
      report.tables.push_back(compare_table(arguments, name, communicator, budget));
    } catch (const base::Error& error) {
      // An output holds lines beside customers: they are no reason not to compare the customers. All ranks have this error.
      if (names.size() == 1 || !compare::is_repeated_key(error)) throw;
      report.not_compared.push_back(fmt::format("{}: {}", name, error.problem()));
    }
  }
  (arguments.format == "json" ? print_difference_json : print_difference_text)(report, invocation.out);
  return arguments.exit_code && report.any() ? 1 : 0;
}

}  // namespace

void add_diff(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand(
      "diff", "What changed between two outputs or stores: rows by key, values by column, moves between segments");
  const auto arguments = std::make_shared<DiffArguments>();
  command->add_option("before", arguments->before, "The earlier one: a store's folder, an HDF5 or a Parquet file")->required();
  command->add_option("after", arguments->after, "The later one")->required();
  command->add_option("--key", arguments->keys, "The column, or columns, by which rows are matched; each row has its own")
      ->required()
      ->delimiter(',')
      ->type_name("A,B,...");
  command->add_option("--table", arguments->table, "One table alone; left out: all that both have, with this key")
      ->type_name("TABLE");
  command->add_option("--segment", arguments->segment, "Count moves between the values of this column; left out: of `segment`")
      ->type_name("COLUMN");
  command->add_option("--columns", arguments->columns, "Compare these columns alone")->delimiter(',')->type_name("A,B,...");
  command->add_option("--tolerance", arguments->tolerance, "Numbers that are no further apart are the same")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--limit", arguments->limit, "Rows to show of each kind of change")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command->add_option("--format", arguments->format, "text, or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  command->add_option("--output", arguments->output, "Write every change to this CSV file; an existing one is replaced")
      ->type_name("FILE");
  command->add_flag("!--no-formula-guard", arguments->formula_guard,
                    "With --output: texts that a spreadsheet would take for a formula stay as they are");
  command->add_flag("--exit-code", arguments->exit_code, "End with 1 if anything differs");
  arguments->resources.add(*command);
  command->footer(
      "fullbase diff out/monday.h5 out/tuesday.h5 --key customer\n"
      "mpirun -n 2 fullbase diff out/monday.h5 out/tuesday.h5 --key customer --table segments --output changes.csv");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = true, .run = [arguments](Invocation& invocation) { return diff(*arguments, invocation); }};
  });
}

}  // namespace fullbase::cli
