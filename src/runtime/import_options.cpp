#include "runtime/import_options.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/decimal.hpp"
#include "base/error.hpp"

namespace fullbase::runtime {
namespace {

struct ColumnType {
  data::Type type = data::Type::string;
  int scale = 0;
};

/// "int64", "decimal(3)"; nothing if it is no type that an import makes.
std::optional<ColumnType> parse_type(std::string_view text) {
  constexpr std::string_view decimal = "decimal(";
  if (text.starts_with(decimal) && text.ends_with(')')) {
    const auto digits = text.substr(decimal.size(), text.size() - decimal.size() - 1);
    int scale = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), scale);
    if (error != std::errc() || end != digits.data() + digits.size() || scale < 0 || scale > base::max_decimal_scale) return {};
    return ColumnType{data::Type::decimal, scale};
  }
  const auto type = data::type_from_name(text);
  if (!type || *type == data::Type::decimal || *type == data::Type::float32) return {};
  return ColumnType{*type, 0};
}

std::string type_problem(std::string_view text) {
  if (parse_type(text)) return {};
  if (text.starts_with("decimal"))
    return fmt::format("'{}' is no type; decimals are written decimal(2), with 0 to {} digits after the point", text,
                       base::max_decimal_scale);
  return fmt::format("'{}' is no type; there are int64, float64, bool, decimal(scale), category, string, timestamp and date",
                     text);
}

}  // namespace

config::Description<ImportColumn> describe(config::Type<ImportColumn>) {
  return config::Description<ImportColumn>("import column", "How a column of the files is taken.")
      .option("as", &ImportColumn::as, "The column's name in the table.", config::default_means("its name in the file"))
      .option("type", &ImportColumn::type,
              "What its texts are: int64, float64, bool, decimal(scale), category, string, timestamp, date.",
              config::text_of("type", type_problem))
      .option("format", &ImportColumn::format, "How times are written, in strptime's letters: %d/%m/%Y %H:%M.",
              config::default_means("ISO 8601"))
      .option("timezone", &ImportColumn::timezone, "Where times without an offset are local.",
              config::default_means("the table's, else the job's time zone"))
      .option("required", &ImportColumn::required, "Rows where it is missing are rejected.")
      .option("missing", &ImportColumn::missing, "Texts that mean that the value is missing.",
              config::default_means("the table's"))
      .option("unit", &ImportColumn::unit, "Unit of its numbers, kept with the column.");
}

config::Description<ImportTable> describe(config::Type<ImportTable>) {
  return config::Description<ImportTable>("import table", "CSV files that make up a table of the store.")
      .required("files", &ImportTable::files, "Paths of plain or gzip files; the last part may have * and ?.",
                config::non_empty())
      .option("delimiter", &ImportTable::delimiter, "One character, `tab`, or `blanks` for runs of blanks.")
      .option("quote", &ImportTable::quote, "The quote character; empty: none.")
      .option("header", &ImportTable::header, "The first line names the columns; without it they are \"1\", \"2\", ...")
      .option("missing", &ImportTable::missing, "Texts that mean that a value is missing.")
      .option("max_rejects", &ImportTable::max_rejects,
              "Rows that may be rejected before the import fails: a number, or a share such as 0.5%.")
      .option("timezone", &ImportTable::timezone, "Where times without an offset are local.",
              config::default_means("the job's time zone"))
      .required("columns", &ImportTable::columns, "Columns to take, by their names in the file.", config::non_empty());
}

store::CsvOptions csv_options(const ImportTable& table, const std::string& timezone) {
  store::CsvOptions options;
  options.delimiter = table.delimiter;
  options.quote = table.quote;
  options.header = table.header;
  options.missing = table.missing;
  options.max_rejects = store::RejectLimit::parse(table.max_rejects);
  options.timezone = table.timezone.value_or(timezone);
  for (const auto& [source, given] : table.columns) {
    store::CsvColumn column;
    column.source = source;
    column.as = given.as;
    const auto type = parse_type(given.type).value_or(ColumnType{});
    column.type = type.type;
    column.scale = type.scale;
    column.format = given.format;
    column.timezone = given.timezone;
    column.required = given.required;
    column.missing = given.missing;
    column.unit = given.unit;
    options.columns.push_back(std::move(column));
  }
  store::check(options);
  return options;
}

std::vector<std::string> find_files(const ImportTable& table) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const auto& pattern : table.files) {
    if (pattern.find_first_of("*?") == std::string::npos) {
      files.push_back(pattern);
      continue;
    }
    const fs::path path(pattern);
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const auto name = entry.path().filename().string();
      if (fnmatch(path.filename().c_str(), name.c_str(), FNM_PERIOD) == 0)
        found.push_back(path.has_parent_path() ? entry.path().string() : name);
    }
    if (error) throw base::io_error(fmt::format("cannot look for files: {}", error.message()), folder.string());
    if (found.empty()) throw base::input_error("no file has a name like this", pattern, "check the path and the wildcard");
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

}  // namespace fullbase::runtime
