#include "store/csv/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/contract.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "store/csv/dialect.hpp"
#include "store/csv/encoding.hpp"

namespace fullbase::store {
namespace {

void check_column(const CsvColumn& column, std::string_view timezone) {
  const std::string where = fmt::format("column '{}'", column.source);
  if (column.source.empty()) throw base::job_file_error("an imported column has no source", "columns");
  if (column.type == data::Type::float32) {
    throw base::job_file_error("cannot be imported as float32", where, "use float64");
  }
  if (column.type == data::Type::decimal && (column.scale < 0 || column.scale > base::max_decimal_scale)) {
    throw base::job_file_error("has a scale outside 0..18", where);
  }
  const bool time = column.type == data::Type::timestamp || column.type == data::Type::date;
  if (!column.format.empty()) {
    if (!time) throw base::job_file_error("has a time format but is no timestamp or date", where);
    try {
      base::TimeFormat{column.format};
    } catch (const base::Error& error) {
      throw error.within(where);
    }
  }
  if (column.pseudonym && column.type != data::Type::string && column.type != data::Type::category) {
    throw base::job_file_error("has pseudonyms, which are texts", where, "import it as category or string");
  }
  if (column.type == data::Type::timestamp) {
    try {
      base::TimeZone{column.timezone.empty() ? timezone : std::string_view(column.timezone)};
    } catch (const base::Error& error) {
      throw error.within(where);
    }
  } else if (!column.timezone.empty()) {
    throw base::job_file_error("has a time zone but is no timestamp", where);
  }
}

/// A key is a data frame's index on disk: a value of its own in every row.
bool names_rows(const data::Field& field) {
  return !field.nullable &&
         (field.type == data::Type::int64 || field.type == data::Type::string || field.type == data::Type::category);
}

/// What the reader of baskets takes for granted.
void check_baskets(const CsvOptions& options) {
  if (options.format == "parquet")
    throw base::job_file_error("Parquet files have no lines, of which each could be a basket", "format",
                               "import their columns: leave `layout` out");
  FULLBASE_EXPECTS(options.columns.size() == 2 && !options.header && options.key.empty(),
                   "a table of baskets has two columns, and no header");
  const CsvColumn& item = options.columns[1];
  if (item.type != data::Type::category && item.type != data::Type::int64 && item.type != data::Type::string)
    throw base::job_file_error(fmt::format("an item is no {}", data::type_name(item.type)),
                               fmt::format("column '{}'", item.name()), "take it as category, int64 or string");
}

/// `names`: of all columns.
void check_key(const CsvOptions& options, const std::vector<std::string>& names) {
  std::set<std::string> key;
  for (const std::string& name : options.key) {
    const auto column = std::find(names.begin(), names.end(), name);
    const std::string where = fmt::format("key '{}'", name);
    if (column == names.end()) {
      const std::string near = base::suggestion(name, std::span<const std::string>(names));
      throw base::job_file_error("is no column of the table", where,
                                 near.empty() ? fmt::format("it has {}", fmt::join(names, ", ")) : near);
    }
    if (options.columns[static_cast<std::size_t>(column - names.begin())].type == data::Type::float64) {
      throw base::job_file_error("is a float64, which is no key", where, "import it as int64, decimal or string");
    }
    if (!key.insert(name).second) throw base::job_file_error("is named twice", where);
  }
}

/// Texts of any content, one after the other, that no other texts give.
class IdentityText {
 public:
  IdentityText& add(std::string_view text) {
    text_ += std::to_string(text.size());
    text_ += ':';
    text_ += text;
    return *this;
  }
  IdentityText& add(std::int64_t value) { return add(std::string_view(std::to_string(value))); }
  IdentityText& add(const std::vector<std::string>& texts) {
    add(static_cast<std::int64_t>(texts.size()));
    for (const std::string& text : texts) add(std::string_view(text));
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::vector<CsvColumn> basket_columns(const std::string& basket, const std::string& item, data::Type type) {
  return {{.source = "basket", .as = basket, .type = data::Type::int64, .required = true},
          {.source = "item", .as = item, .type = type}};
}

RejectLimit RejectLimit::parse(std::string_view text) {
  const auto wrong = [&] {
    return base::job_file_error(fmt::format("'{}' is no number or share of rows", text), "max_rejects",
                                "write a count like 100 or a share like 0.5%");
  };
  const char* const begin = text.data();
  const char* end = begin + text.size();
  RejectLimit limit;
  const bool percent = text.ends_with('%');
  if (percent) --end;
  if (percent || text.find('.') != std::string_view::npos) {
    const auto [next, status] = std::from_chars(begin, end, limit.share, std::chars_format::fixed);
    if (status != std::errc() || next != end) throw wrong();
    if (percent) limit.share /= 100;
    if (!(limit.share >= 0 && limit.share <= 1)) throw wrong();
    return limit;
  }
  const auto [next, status] = std::from_chars(begin, end, limit.count);
  if (status != std::errc() || next != end || limit.count < 0) throw wrong();
  return limit;
}

bool RejectLimit::allows(std::int64_t rejected, std::int64_t rows) const noexcept {
  return rejected <= count || static_cast<double>(rejected) <= share * static_cast<double>(rows);
}

bool CsvOptions::hides_texts() const noexcept {
  return std::any_of(columns.begin(), columns.end(), [](const CsvColumn& column) { return column.pseudonym; });
}

void check(const CsvOptions& options) {
  csv::dialect_of(options);
  if (!options.format.empty() && options.format != "csv" && options.format != "parquet")
    throw base::job_file_error("'" + options.format + "' is no format of files", "format", "there are csv and parquet");
  csv::encoding_name(options.encoding);
  if (options.columns.empty()) throw base::job_file_error("no column is imported", "columns", "name at least one");
  std::vector<std::string> names;
  for (const CsvColumn& column : options.columns) {
    check_column(column, options.timezone);
    if (std::find(names.begin(), names.end(), column.name()) != names.end()) {
      throw base::job_file_error("the name is given to two columns", fmt::format("column '{}'", column.name()),
                                 "set `as` of one of them");
    }
    names.push_back(column.name());
  }
  check_key(options, names);
  if (options.baskets) check_baskets(options);
}

data::Schema csv_schema(const CsvOptions& options) {
  data::Schema schema;
  for (const CsvColumn& column : options.columns) {
    schema.fields.push_back({.name = column.name(),
                             .type = column.type,
                             .nullable = !column.required,
                             .scale = column.type == data::Type::decimal ? column.scale : 0,
                             .unit = column.unit});
  }
  if (options.key.size() == 1 && names_rows(schema[schema.at(options.key.front(), "key")])) schema.key = options.key.front();
  return schema;
}

std::string identity(const CsvOptions& options) {
  IdentityText text;
  text.add("csv 1").add(options.delimiter).add(options.quote).add(options.header);
  for (const CsvColumn& column : options.columns) {
    text.add(column.source).add(column.name()).add(data::type_name(column.type)).add(column.scale).add(column.format);
    text.add(column.timezone.empty() ? options.timezone : column.timezone).add(column.required).add(column.unit);
    text.add(column.missing ? *column.missing : options.missing);
  }
  // What most imports don't have is added only where it is: stores that were made before it was there need not be read again.
  if (const std::string key = csv_schema(options).key; !key.empty()) text.add("key").add(key);
  if (options.encoding != csv::utf8_name) text.add("encoding").add(options.encoding);
  if (options.baskets) text.add("layout").add("baskets");
  if (!options.format.empty()) text.add("format").add(options.format);
  if (options.hides_texts()) {
    text.add("pseudonyms").add(options.pseudonyms ? options.pseudonyms->fingerprint() : std::string());
    for (const CsvColumn& column : options.columns) text.add(column.pseudonym);
  }
  return text.take();
}

}  // namespace fullbase::store
