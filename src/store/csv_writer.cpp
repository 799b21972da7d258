#include "store/csv_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "parallel/stop.hpp"
#include "store/file.hpp"

namespace fullbase::store {
namespace {

using data::Type;

constexpr std::int64_t blocks_a_write = 64;

bool is_number(std::string_view text) {
  if (text.front() == '+' || text.front() == '-') text.remove_prefix(1);
  // A digit first: "inf" and "nan" are none.
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// What spreadsheets work out, or may: OWASP's list, with what they strip before it.
bool is_formula(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '\t' || text.front() == '\r' || text.front() == '\n') return true;
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  const auto rest = text.substr(first);
  for (const std::string_view start : {"=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"}) {
    // A sign alone, the word of many for nothing, is worked out by none.
    if (rest.starts_with(start)) return rest != start && !is_number(rest);
  }
  return false;
}

void append_text(std::string_view value, std::string& text, const CsvStyle& options) {
  std::string guarded;
  if (options.guard_formulas && is_formula(value)) value = guarded = '\'' + std::string(value);
  const bool quote = value == options.missing || value.find_first_of("\"\r\n") != std::string_view::npos ||
                     value.find(options.delimiter) != std::string_view::npos || value.empty() || value.front() == ' ' ||
                     value.back() == ' ' || value.front() == '\t' || value.back() == '\t';
  if (!quote) {
    text += value;
    return;
  }
  text += '"';
  for (const char character : value) {
    if (character == '"') text += '"';
    text += character;
  }
  text += '"';
}

void append_value(const data::Column& column, std::int64_t row, std::string& text, const CsvStyle& options) {
  if (column.is_missing(row)) {
    text += options.missing;
    return;
  }
  const auto at = static_cast<std::size_t>(row);
  auto out = std::back_inserter(text);
  switch (column.field().type) {
    case Type::int64:
      fmt::format_to(out, "{}", column.int64s()[at]);
      break;
    case Type::float64:
      fmt::format_to(out, "{}", column.float64s()[at]);
      break;
    case Type::float32:
      fmt::format_to(out, "{}", column.float32s()[at]);
      break;
    case Type::boolean:
      text += column.bools()[at] ? "true" : "false";
      break;
    case Type::decimal:
      text += base::format_decimal(column.int64s()[at], column.field().scale);
      break;
    case Type::timestamp:
      text += base::format_timestamp(column.int64s()[at]);
      break;
    case Type::date:
      text += base::format_date(column.int32s()[at]);
      break;
    case Type::category:
    case Type::string:
      append_text(column.text(row), text, options);
      break;
  }
}

}  // namespace

std::string csv_header(std::span<const data::Field> fields, const CsvStyle& options) {
  std::string text;
  for (const auto& field : fields) {
    if (!text.empty()) text += options.delimiter;
    append_text(field.name, text, options);
  }
  return text + "\n";
}

void append_csv(const data::Batch& batch, std::string& text, const CsvStyle& options) {
  for (std::int64_t row = 0; row < batch.rows.size(); ++row) {
    for (std::size_t column = 0; column < batch.columns.size(); ++column) {
      if (column > 0) text += options.delimiter;
      append_value(batch.columns[column], row, text, options);
    }
    text += '\n';
  }
}

void write_csv(const data::BlockSource& source, std::span<const int> columns, const CsvStyle& options,
               const std::function<void(std::string_view text)>& take) {
  std::vector<data::Field> fields;
  for (const int column : columns) fields.push_back(source.schema()[column]);
  take(csv_header(fields, options));
  const std::int64_t blocks = base::block_count(source.rows());
  std::string text;
  for (std::int64_t first = 0; first < blocks; first += blocks_a_write) {
    parallel::stop_point();
    const auto rows = base::rows_of_blocks({first, std::min(blocks, first + blocks_a_write)}, source.rows());
    text.clear();
    append_csv(source.read(rows, columns), text, options);
    take(text);
  }
}

void export_csv(const data::BlockSource& source, std::span<const int> columns, const std::string& path, const CsvStyle& options) {
  const std::string fresh = path + ".new";
  try {
    File file = File::create(fresh);
    std::int64_t offset = 0;
    write_csv(source, columns, options, [&](std::string_view text) {
      file.write_at(offset, std::as_bytes(std::span(text)));
      offset += static_cast<std::int64_t>(text.size());
    });
    file.sync();
    file.close();
    rename_durably(fresh, path);
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
}

}  // namespace fullbase::store
