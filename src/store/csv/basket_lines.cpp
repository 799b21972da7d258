#include "store/csv/basket_lines.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "store/csv/column_values.hpp"

namespace fullbase::store::csv {
namespace {

class LineParser final : public ColumnParser {
 public:
  void parse(const Records& records, Refusals&) override {
    std::int64_t* const out = values_.extend(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) out[i] = records.first_line + records.lines[i];
  }
  void drop(std::span<const std::uint8_t> refused) override { values_.drop(refused); }
  LocalColumn take(std::size_t rows) override { return values_.take(rows); }

 private:
  FixedValues<std::int64_t> values_;
};

}  // namespace

Dialect basket_dialect(const CsvOptions& options) {
  Dialect dialect = dialect_of(options);
  dialect.each_blank = dialect.blanks;
  return dialect;
}

BasketLines::BasketLines(const CsvOptions& options)
    : dialect_(basket_dialect(options)),
      trimmed_(options.columns[item_column].type == data::Type::int64),
      missing_(options.columns[item_column].missing ? *options.columns[item_column].missing : options.missing) {}

bool BasketLines::is_item(std::string_view text) {
  if (text.empty()) return false;
  if (dialect_.is_quote(text.front())) [[unlikely]] {
    bool ok = false;
    text = unquote(text, dialect_.quote, scratch_, ok);
    if (!ok) return true;  // is refused as an item
  }
  if (trimmed_) text = without_blanks(text);
  return !text.empty() && !missing_.contains(text);
}

void BasketLines::collect(const char* text, Marks& marks, std::size_t limit, Records& records) {
  const std::size_t count = std::min(limit, marks.records);
  const std::size_t most = marks.fields + count;
  std::uint32_t* const ends = marks.field_ends.data();
  records.dialect = dialect_;
  records.dialect.blanks = false;  // no field begins or ends with one
  records.text = text;
  records.field_ends = ends;
  records.ragged.clear();
  records.found = static_cast<std::int64_t>(count);
  records.plain = marks.plain;
  records.starts.resize(most);
  records.first_fields.resize(most);
  records.lines.resize(most);
  const bool line_breaks_in_quotes = marks.lines != static_cast<std::int64_t>(marks.records);
  std::size_t record = 0;
  const auto add = [&](std::uint32_t start, std::size_t field, std::uint32_t line) {
    records.starts[record] = start;
    records.first_fields[record] = static_cast<std::uint32_t>(field);
    records.lines[record++] = line;
  };
  std::size_t field = 0;
  std::uint32_t start = 0;
  std::uint32_t line = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t line_end = marks.record_ends[i];
    const std::uint32_t line_start = start;
    const std::size_t before = record;
    while (true) {
      const std::uint32_t field_end = ends[field];
      const bool last = field_end == line_end;
      if (last && line_end > start && text[line_end - 1] == '\r') --ends[field];
      if (is_item({text + start, ends[field] - start})) add(start, field, line);
      start = field_end + 1;
      ++field;
      if (last) break;
    }
    if (record == before) {
      ends[field - 1] = line_end;
      add(line_end, field - 1, line);
    }
    line += line_breaks_in_quotes ? static_cast<std::uint32_t>(std::count(text + line_start, text + start, '\n')) : 1;
  }
  records.starts.resize(record);
  records.first_fields.resize(record);
  records.lines.resize(record);
}

std::vector<std::unique_ptr<ColumnParser>> make_basket_parsers(const CsvOptions& options) {
  CsvColumn item = options.columns[item_column];
  item.missing = {std::string()};  // BasketLines has left the other tokens out
  std::vector<std::unique_ptr<ColumnParser>> parsers(2);
  parsers[basket_column] = std::make_unique<LineParser>();
  parsers[item_column] = make_column_parser(options, item, 0);
  return parsers;
}

}  // namespace fullbase::store::csv
