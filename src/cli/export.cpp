#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/size.hpp"
#include "cli/changes_since.hpp"
#include "cli/commands.hpp"
#include "cli/resource_arguments.hpp"
#include "cli/table_location.hpp"
#include "parallel/stop.hpp"
#include "store/columnar_format.hpp"
#include "store/csv_writer.hpp"
#include "store/hdf5_export.hpp"

namespace fullbase::cli {
namespace {

struct ExportArguments {
  std::string path;
  std::string table;
  std::string file;
  std::vector<std::string> columns;
  std::string format;
  std::string changes_since;
  std::vector<std::string> keys;
  bool formula_guard = true;
  ResourceArguments resources;
};

std::string format_of(const ExportArguments& arguments) {
  if (!arguments.format.empty()) return arguments.format;
  if (store::is_parquet_name(arguments.file)) return "parquet";
  const auto ending = std::filesystem::path(arguments.file).extension();
  return ending == ".h5" || ending == ".hdf5" || ending == ".h5ad" ? "hdf5" : "csv";
}

/// FILE for standard output.
constexpr const char* standard_output = "-";

void write_to(std::ostream& out, const data::BlockSource& source, std::span<const int> columns, const store::CsvStyle& style) {
  store::write_csv(source, columns, style, [&](std::string_view text) {
    // At once, and not when all is read: whoever reads the output may have gone.
    if (!out.write(text.data(), static_cast<std::streamsize>(text.size())).flush())
      throw base::io_error("cannot write", "standard output");
  });
}

/// Where the table stands in the new file: as in the old one, or under a name of its own if it was the file's root.
std::string name_in_export(const ExportArguments& arguments) {
  const auto name = listed_name(arguments.path, arguments.table);
  return name.find_first_not_of('/') == std::string::npos ? "table" : name;
}

/// What is written: the table, or a table of its changes.
struct Exported {
  std::unique_ptr<data::BlockSource> table;
  std::optional<ChangesSince> changes;
  std::vector<int> columns;
};

Exported open_exported(const ExportArguments& arguments, comm::Communicator& communicator) {
  Exported exported;
  exported.table = open_table_of(arguments.path, arguments.table);
  exported.columns = columns_of(*exported.table, arguments.columns);
  if (arguments.changes_since.empty()) return exported;
  const auto grant = arguments.resources.take(communicator);
  exported.changes = changes_since(communicator, open_counterpart(arguments.changes_since, arguments.table),
                                   std::move(exported.table), arguments.keys, exported.columns, grant.memory);
  exported.columns = columns_of(*exported.changes->changes, {});
  return exported;
}

int export_table(const ExportArguments& arguments, Invocation& invocation) {
  const auto format = format_of(arguments);
  const bool to_output = arguments.file == standard_output;
  if (to_output && format != "csv")
    throw base::usage_error(fmt::format("standard output takes CSV, not {}", format), "FILE", "give the name of a file");
  if (format == "parquet") store::parquet(base::ErrorKind::usage, arguments.file);
  const parallel::Stoppable stoppable;  // what is half written goes
  const auto exported = open_exported(arguments, invocation.communicator);
  const auto* const source = exported.changes ? exported.changes->changes.get() : exported.table.get();
  const auto& columns = exported.columns;
  if (format == "hdf5") {
    store::export_hdf5(*source, columns, arguments.file, name_in_export(arguments));
  } else if (format == "parquet") {
    store::parquet(base::ErrorKind::usage, arguments.file).write(*source, columns, arguments.file);
  } else if (const store::CsvStyle style{.guard_formulas = arguments.formula_guard}; to_output) {
    write_to(invocation.out, *source, columns, style);
  } else {
    store::export_csv(*source, columns, arguments.file, style);
  }
  auto& said = to_output ? std::cerr : invocation.out;
  said << fmt::format("{}: {} rows{}\n", to_output ? "standard output" : arguments.file, base::format_count(source->rows()),
                      exported.changes ? " (" + exported.changes->counts + ")" : "");
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("export", "Write a table as a CSV, Parquet or packed HDF5 file");
  const auto arguments = std::make_shared<ExportArguments>();
  command->add_option("path", arguments->path, "A store's folder, an HDF5 or a Parquet file")->required();
  command->add_option("table", arguments->table, "The table")->required();
  command->add_option("file", arguments->file, "The file to write; an existing one is replaced; - is standard output, as CSV")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--format", arguments->format,
                   "csv, hdf5 or parquet; left out: hdf5 if FILE ends with .h5, .hdf5 or .h5ad, parquet if with .parquet or .pq")
      ->check(CLI::IsMember({"csv", "hdf5", "parquet"}))
      ->type_name("FORMAT");
  command->add_option("--columns", arguments->columns, "These columns alone, in this order")
      ->delimiter(',')
      ->type_name("A,B,...");
  command->add_flag("!--no-formula-guard", arguments->formula_guard,
                    "CSV: texts that a spreadsheet would take for a formula stay as they are, without an apostrophe before them");
  auto* const since = command
                          ->add_option("--changes-since", arguments->changes_since,
                                       "Only rows that are new or changed against the same table there, and removed keys")
                          ->type_name("OLD");
  command->add_option("--key", arguments->keys, "With --changes-since: the column, or columns, by which rows are matched")
      ->delimiter(',')
      ->type_name("A,B,...")
      ->needs(since);
  arguments->resources.add(*command);
  command->callback([arguments, &selection] {
    if (!arguments->changes_since.empty() && arguments->keys.empty())
      throw base::usage_error("changes are found by a key", "--changes-since", "give --key as well");
    selection = {.uses_ranks = false, .stops = true, .run = [arguments](Invocation& invocation) {
                   return export_table(*arguments, invocation);
                 }};
  });
  command->footer(
      "fullbase export out/nightly.h5 rfm changes.csv --changes-since out/yesterday.h5 --key customer\n"
      "fullbase export out/nightly.h5 segments segments.csv\nfullbase export data/retail transactions transactions.parquet");
}

}  // namespace fullbase::cli
