#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "cli/commands.hpp"
#include "cli/duration_argument.hpp"
#include "cli/freshness.hpp"
#include "cli/table_location.hpp"
#include "cli/text_table.hpp"

namespace fullbase::cli {
namespace {

int info(const std::string& path, const std::string& table_name, std::ostream& out) {
  const auto only = listed_name(path, table_name);
  bool found = false;
  for (const auto& table : tables_of(path)) {
    if (!only.empty() && table.name != only) continue;
    out << (found ? "\n" : "") << (table.name.empty() ? "/" : base::printable_line(table.name));
    found = true;
    if (!table.problem.empty()) {
      out << ": " << base::printable(table.problem) << '\n';
      continue;
    }
    out << fmt::format(": {} rows, {} columns\n", base::format_count(table.rows), table.schema.columns());
    TextTable columns;
    for (const char* const title : {"  column", "type", "unit", ""}) columns.add_column(title);
    for (const auto& field : table.schema.fields) {
      std::string remark = field.name == table.schema.key ? "key" : "";
      if (field.nullable) remark += remark.empty() ? "may be missing" : ", may be missing";
      columns.add_row({"  " + field.name, data::type_text(field), field.unit, remark});
    }
    columns.print(out);
  }
  if (!found) throw base::input_error("there is no table '" + table_name + "'", path, "leave the name out to see all tables");
  return 0;
}

/// Of --max-age: when the output was finished, or an error.
int tell_age(const std::string& path, const std::string& most, std::ostream& out) {
  const auto now = base::now();
  const auto finished = finished_time(path);
  check_age(path, finished, *base::parse_duration(most), now);
  const auto age = base::format_duration(static_cast<double>(std::max<std::int64_t>(now - finished, 0)) / 1e6);
  out << fmt::format("{}: finished {} ago\n", path, age);
  return 0;
}

}  // namespace

void add_info(CLI::App& app, Selection& selection) {
  auto* const command =
      app.add_subcommand("info", "What is in a store, an HDF5 or a Parquet file: tables, columns, types, units, rows");
  const auto path = std::make_shared<std::string>();
  const auto table = std::make_shared<std::string>();
  command->add_option("path", *path, "A store's folder, an HDF5 or a Parquet file")->required();
  auto* const one = command->add_option("table", *table, "One table alone");
  const auto age = std::make_shared<std::optional<std::string>>();
  command
      ->add_option("--max-age", *age,
                   "Only say when the output was finished, and end with 65 if there is none or it is older: for whoever watches "
                   "over nights")
      ->check(duration_problem)
      ->excludes(one)
      ->type_name("DURATION");
  command->footer(
      "fullbase info out/nightly.h5\nfullbase info data/retail transactions\nfullbase info --max-age 26h out/nightly.h5");
  command->callback([path, table, age, &selection] {
    selection = {.uses_ranks = false, .run = [path, table, age](Invocation& invocation) {
                   return *age ? tell_age(*path, **age, invocation.out) : info(*path, *table, invocation.out);
                 }};
  });
}

}  // namespace fullbase::cli
