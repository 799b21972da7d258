#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/size.hpp"
#include "cli/commands.hpp"
#include "cli/table_location.hpp"
#include "cli/text_table.hpp"
#include "data/show_value.hpp"

namespace fullbase::cli {
namespace {

/// Significant digits of floats that people are shown.
constexpr int shown_digits = 7;

struct HeadArguments {
  std::string path;
  std::string table;
  std::int64_t rows = 10;
};

TextTable::Align alignment(const data::Field& field) {
  const bool text = field.type == data::Type::category || field.type == data::Type::string || field.type == data::Type::boolean;
  return text ? TextTable::Align::left : TextTable::Align::right;
}

int head(const HeadArguments& arguments, std::ostream& out) {
  const auto source = open_table_of(arguments.path, arguments.table);
  const auto& schema = source->schema();
  std::vector<int> columns(static_cast<std::size_t>(schema.columns()));
  std::iota(columns.begin(), columns.end(), 0);
  const auto rows = std::min(arguments.rows, source->rows());
  const auto batch = source->read({0, rows}, columns);
  TextTable table;
  for (const auto& field : schema.fields) table.add_column(field.name, alignment(field));
  for (std::int64_t row = 0; row < rows; ++row) {
    std::vector<std::string> texts;
    for (const auto& column : batch.columns) texts.push_back(data::show_value(column, row, "-", shown_digits));
    table.add_row(std::move(texts));
  }
  table.print(out);
  if (rows < source->rows()) out << fmt::format("({} of {} rows)\n", rows, base::format_count(source->rows()));
  return 0;
}

}  // namespace

void add_head(CLI::App& app, Selection& selection) {
  auto* const command = app.add_subcommand("head", "The first rows of a table, aligned");
  const auto arguments = std::make_shared<HeadArguments>();
  command->add_option("path", arguments->path, "A store's folder, an HDF5 or a Parquet file")->required();
  command->add_option("table", arguments->table, "The table; left out: the first one");
  command->add_option("-n,--rows", arguments->rows, "Rows to show")->check(CLI::Range(0, 1'000'000))->capture_default_str();
  command->footer("fullbase head out/nightly.h5 segments\nfullbase head data/retail transactions -n 3");
  command->callback([arguments, &selection] {
    selection = {.uses_ranks = false, .run = [arguments](Invocation& invocation) { return head(*arguments, invocation.out); }};
  });
}

}  // namespace fullbase::cli
