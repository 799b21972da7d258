#include "runtime/import_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "store/columnar_format.hpp"
#include "store/csv/dialect.hpp"
#include "store/csv/encoding.hpp"
#include "store/input_files.hpp"

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

/// What `check` throws, as a text_of() takes it.
template <class Function>
std::string problem_of(Function&& check) {
  try {
    check();
    return {};
  } catch (const base::Error& error) {
    return error.advice().empty() ? error.problem() : fmt::format("{}; {}", error.problem(), error.advice());
  }
}

std::string dialect_problem(const std::string& delimiter, const std::string& quote) {
  store::CsvOptions options;
  options.delimiter = delimiter;
  options.quote = quote;
  return problem_of([&] { store::csv::dialect_of(options); });
}

std::string delimiter_problem(std::string_view text) {
  // Without quotes: what the two are together is a condition of the table.
  return dialect_problem(std::string(text), "");
}
std::string quote_problem(std::string_view text) {
  return text.size() <= 1 ? "" : fmt::format("'{}' is more than one byte; give one character, or '' for none", text);
}
std::string encoding_problem(std::string_view text) {
  return problem_of([&] { store::csv::encoding_name(text); });
}
std::string rejects_problem(std::string_view text) {
  return problem_of([&] { store::RejectLimit::parse(text); });
}
std::string time_format_problem(std::string_view text) {
  return text.empty() ? "" : problem_of([&] { base::TimeFormat format{text}; });
}
std::string time_zone_problem(std::string_view text) {
  return text.empty() ? "" : problem_of([&] { base::TimeZone zone{text}; });
}

void check_column(const ImportColumn& column, const config::Node& node, config::Diagnostics& diagnostics) {
  const auto type = parse_type(column.type).value_or(ColumnType{}).type;
  const auto report = [&](const char* key, const char* problem) {
    const auto scope = diagnostics.enter(key);
    diagnostics.error(config::locate(node, key), problem);
  };
  if (!column.format.empty() && type != data::Type::timestamp && type != data::Type::date)
    report("format", "only a timestamp or a date has a format");
  if (column.pseudonym && type != data::Type::category && type != data::Type::string)
    report("pseudonym", "pseudonyms are texts: the type has to be category or string");
  if (!column.timezone.empty() && type != data::Type::timestamp) report("timezone", "only a timestamp has a time zone");
}

/// What only one of the two layouts has.
void check_layout(const ImportTable& table, const config::Node& node, config::Diagnostics& diagnostics) {
  const auto report = [&](const std::string& key, std::string problem, std::string advice) {
    const auto scope = diagnostics.enter(key);
    diagnostics.error(config::locate(node, key), std::move(problem), std::move(advice));
  };
  const auto report_keys = [&](std::initializer_list<std::pair<const char*, bool>> keys, const char* problem,
                               const char* advice) {
    std::vector<std::string> given;
    for (const auto& [key, is_given] : keys) {
      if (is_given) given.emplace_back(key);
    }
    if (!given.empty()) report(given.front(), fmt::format(fmt::runtime(problem), fmt::join(given, "`, `")), advice);
  };
  if (!table.has_baskets()) {
    report_keys({{"basket", table.basket.has_value()}, {"item", table.item.has_value()}},
                "`{}` goes with `layout: baskets` alone", "set `layout`, or leave it out");
    if (!table.columns) diagnostics.error(node.position(), "the key 'columns' is missing");
    return;
  }
  report_keys({{"header", table.header.has_value()},
               {"columns", table.columns.has_value()},
               {"key", !table.key.empty()},
               {"timezone", table.timezone.has_value()}},
              "`{}` does not go with `layout: baskets`: a line has nothing but items", "leave it out");
  const auto parquet = [](const std::string& path) { return store::is_parquet_name(path); };
  const bool named_so = !table.format && std::any_of(table.files.begin(), table.files.end(), parquet);
  if (table.format == "parquet" || named_so)
    report(named_so ? "files" : "format", "a Parquet file has no lines, of which each could be a basket",
           "import its columns: leave `layout` out");
  if (table.basket.value_or(ImportBasket{}).as == table.item.value_or(ImportItem{}).as)
    report(table.item ? "item" : "basket", "the basket and the item have one name", "set `as` of one of them");
}

void check_table(const ImportTable& table, const config::Node& node, config::Diagnostics& diagnostics) {
  check_layout(table, node, diagnostics);
  if (const auto problem = dialect_problem(table.delimiter, table.quote); !problem.empty()) {
    const auto scope = diagnostics.enter("quote");
    diagnostics.error(config::locate(node, "quote"), problem);
  }
  if (table.files.size() > 1 && table.reads_standard_input()) {
    const auto scope = diagnostics.enter("files");
    diagnostics.error(config::locate(node, "files"), "standard input is read together with other files",
                      "give it a table of its own");
  }
  if (table.has_pseudonyms() && table.reads_standard_input()) {
    const auto scope = diagnostics.enter("files");
    diagnostics.error(config::locate(node, "files"),
                      "columns of standard input cannot have pseudonyms: it is first kept as it is", "name a file");
  }
  if (table.header.value_or(true) || !table.columns) return;
  const auto columns = diagnostics.enter("columns");
  for (const auto& [source, column] : *table.columns) {
    const bool digits = source.find_first_not_of("0123456789") == std::string::npos;
    if (digits && source.size() <= 9 && source.front() != '0') continue;
    const auto may_have = [&, &name = source](const std::string& path) { return store::may_have_partition(path, name); };
    if (std::any_of(table.files.begin(), table.files.end(), may_have)) continue;
    const auto scope = diagnostics.enter(source);
    diagnostics.error(config::locate(node, "columns." + source), "without a header, columns are 1, 2, 3, ...");
  }
}

using ImportColumns = std::vector<std::pair<std::string, ImportColumn>>;

/// Two columns of one name, whatever else is wrong with them: looked for where the names stand.
void check_names(const config::Node& node, config::Diagnostics& diagnostics) {
  std::map<std::string, std::string> first;
  for (const auto& entry : node.entries()) {
    const auto* const as = entry.value.find("as");
    const bool renamed = as != nullptr && !as->text().empty();
    const auto& position = renamed ? as->position() : entry.key_position;
    const auto [place, fresh] = first.emplace(renamed ? as->text() : entry.key, position.text());
    if (fresh) continue;
    const auto scope = diagnostics.enter(entry.key);
    diagnostics.error(position, fmt::format("the name '{}' is given to two columns", place->first),
                      fmt::format("it was given at {} already: set `as` of one of them", place->second));
  }
}

config::Form<ImportColumns> import_columns() {
  auto form = config::mapping_of(config::structure(describe(config::Type<ImportColumn>{})), config::non_empty());
  form.parse = [parse = form.parse](const config::Node& node, config::Diagnostics& diagnostics) {
    check_names(node, diagnostics);
    return parse(node, diagnostics);
  };
  return form;
}

}  // namespace

config::Description<ImportColumn> describe(config::Type<ImportColumn>) {
  return config::Description<ImportColumn>("import column", "How a column of the files is taken.")
      .option("as", &ImportColumn::as, "The column's name in the table.", config::default_means("its name in the file"))
      .option("type", &ImportColumn::type,
              "What its texts are: int64, float64, bool, decimal(scale), category, string, timestamp, date.",
              config::text_of("type", type_problem))
      .option("format", &ImportColumn::format, "How times are written, in strptime's letters: %d/%m/%Y %H:%M.",
              config::text_of("time format", time_format_problem), config::default_means("ISO 8601"))
      .option("timezone", &ImportColumn::timezone, "Where times without an offset are local.",
              config::text_of("time zone", time_zone_problem), config::default_means("the table's, else the job's time zone"))
      .option("required", &ImportColumn::required, "Rows where it is missing are rejected.")
      .option("missing", &ImportColumn::missing, "Texts that mean that the value is missing.",
              config::default_means("the table's"))
      .option("unit", &ImportColumn::unit, "Unit of its numbers, kept with the column.")
      .option(
          "pseudonym", &ImportColumn::pseudonym,
          "Each of its texts is replaced by a keyed hash before anything is kept; the key is `privacy.key_file`, or `--key-fd`. "
          "For a category or string.")
      .check(check_column);
}

config::Description<ImportBasket> describe(config::Type<ImportBasket>) {
  return config::Description<ImportBasket>("import basket", "The number of a basket's line.")
      .option("as", &ImportBasket::as, "The column's name in the table.", config::non_empty());
}

config::Description<ImportItem> describe(config::Type<ImportItem>) {
  return config::Description<ImportItem>("import item", "How the items of a line are taken.")
      .option("as", &ImportItem::as, "The column's name in the table.", config::non_empty())
      .option("type", &ImportItem::type, "What the items are.", config::one_of({"category", "int64", "string"}));
}

config::Description<ImportTable> describe(config::Type<ImportTable>) {
  return config::Description<ImportTable>("import table", "CSV or Parquet files that make up a table of the store.")
      .required("files", &ImportTable::files,
                "Paths of Parquet files, plain or gzip CSV files, whose parts may have `*`, `?` and `**`: any folders. Their "
                "rows follow each other "
                "by path. "
                "A folder `name=value` gives the column `name`. `-` alone is standard input.",
                config::non_empty())
      .option("format", &ImportTable::format,
              "What the files are; for Parquet, `delimiter`, `quote`, `encoding` and `header` mean nothing.",
              config::one_of({"csv", "parquet"}),
              config::default_means("parquet for names that end with .parquet or .pq, else csv"))
      .option(
          "layout", &ImportTable::layout,
          "What a line is: a row of `columns`; or, with `baskets`, a basket whose items stand on it. The table then has a row "
          "an item, in two columns: `basket`, the line's number from 1 on over all files, and `item`, missing where a line has "
          "none.",
          config::one_of({"rows", "baskets"}))
      .option("delimiter", &ImportTable::delimiter, "One character, `tab`, or `blanks` for runs of blanks.",
              config::text_of("delimiter", delimiter_problem))
      .option("quote", &ImportTable::quote, "The quote character; empty: none.", config::text_of("quote", quote_problem))
      .option("encoding", &ImportTable::encoding,
              "How the files' characters are written: utf-8, utf-16, utf-16le, utf-16be, gb18030, latin1, windows-1252 or "
              "another that "
              "iconv knows.",
              config::text_of("encoding", encoding_problem))
      .option("header", &ImportTable::header, "The first line names the columns; without it they are \"1\", \"2\", ...",
              config::default_means("true"))
      .option("missing", &ImportTable::missing, "Texts that mean that a value is missing.")
      .option("max_rejects", &ImportTable::max_rejects,
              "Rows that may be rejected before the import fails: a number, or a share such as 0.5%.",
              config::text_of("number or share", rejects_problem))
      .option("timezone", &ImportTable::timezone, "Where times without an offset are local.",
              config::text_of("time zone", time_zone_problem), config::default_means("the job's time zone"))
      .option("key", &ImportTable::key,
              "Columns, by their names in the table, that no two rows have alike: an import that finds "
              "some fails. A single one that is required becomes the table's key.",
              config::default_means("none"))
      .option("basket", &ImportTable::basket, "With `layout: baskets`: the column of the line's number.",
              config::default_means("named `basket`"))
      .option("item", &ImportTable::item, "With `layout: baskets`: the column of the items.",
              config::default_means("named `item`, a category"))
      .option("columns", &ImportTable::columns, "Columns to take, by their names in the file or of a folder `name=value`.",
              import_columns(), config::default_means("none, which `layout: baskets` alone allows"))
      .check(check_table);
}

bool ImportTable::reads_standard_input() const noexcept {
  return std::find(files.begin(), files.end(), store::standard_input) != files.end();
}

bool ImportTable::has_pseudonyms() const noexcept {
  return columns && std::any_of(columns->begin(), columns->end(), [](const auto& column) { return column.second.pseudonym; });
}

store::CsvOptions csv_options(const ImportTable& table, const std::string& timezone) {
  store::CsvOptions options;
  options.format = table.format.value_or("");
  options.delimiter = table.delimiter;
  options.quote = table.quote;
  options.encoding = store::csv::encoding_name(table.encoding);
  options.header = table.header.value_or(options.header);
  options.missing = table.missing;
  options.max_rejects = store::RejectLimit::parse(table.max_rejects);
  options.timezone = table.timezone.value_or(timezone);
  options.key = table.key;
  if (table.has_baskets()) {
    options.baskets = true;
    options.header = false;
    const auto item = table.item.value_or(ImportItem{});
    options.columns = store::basket_columns(table.basket.value_or(ImportBasket{}).as, item.as,
                                            data::type_from_name(item.type).value_or(data::Type::category));
  }
  for (const auto& [source, given] : table.columns.value_or(ImportColumns{})) {
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
    column.pseudonym = given.pseudonym;
    options.columns.push_back(std::move(column));
  }
  store::check(options);
  return options;
}

}  // namespace fullbase::runtime
