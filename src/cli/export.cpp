#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <vector>

#include "base/size.hpp"
#include "cli/commands.hpp"
#include "cli/table_location.hpp"
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
};

bool is_hdf5(const ExportArguments& arguments) {
  if (!arguments.format.empty()) return arguments.format == "hdf5";
  const auto ending = std::filesystem::path(arguments.file).extension();
  return ending == ".h5" || ending == ".hdf5" || ending == ".h5ad";
}

/// Where the table stands in the new file: as in the old one, or under a name of its own if it was the file's root.
std::string name_in_export(const ExportArguments& arguments) {
  const auto name = listed_name(arguments.path, arguments.table);
  return name.find_first_not_of('/') == std::string::npos ? "table" : name;
}

int export_table(const ExportArguments& arguments, std::ostream& out) {
  const auto source = open_table_of(arguments.path, arguments.table);
  const auto columns = columns_of(*source, arguments.columns);
  if (is_hdf5(arguments)) {
    store::export_hdf5(*source, columns, arguments.file, name_in_export(arguments));
  } else {
    store::export_csv(*source, columns, arguments.file);
  }
  out << fmt::format("{}: {} rows\n", arguments.file, base::format_count(source->rows()));
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("export", "Write a table as a CSV file, or a packed HDF5 file");
  const auto arguments = std::make_shared<ExportArguments>();
  command->add_option("path", arguments->path, "A store's folder or an HDF5 file")->required();
  command->add_option("table", arguments->table, "The table")->required();
  command->add_option("file", arguments->file, "The file to write; an existing one is replaced")->required()->type_name("FILE");
  command->add_option("--format", arguments->format, "csv or hdf5; left out: hdf5 if FILE ends with .h5, .hdf5 or .h5ad")
      ->check(CLI::IsMember({"csv", "hdf5"}))
      ->type_name("FORMAT");
  command->add_option("--columns", arguments->columns, "These columns alone, in this order")
      ->delimiter(',')
      ->type_name("A,B,...");
  command->footer(
      "fullbase export out/nightly.h5 segments segments.csv\nfullbase export data/retail transactions transactions.h5");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = false,
                 .run = [arguments](Invocation& invocation) { return export_table(*arguments, invocation.out); }};
  });
}

}  // namespace fullbase::cli
