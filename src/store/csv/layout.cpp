#include "store/csv/layout.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "store/csv/column_parser.hpp"
#include "store/csv/encoding.hpp"
#include "store/csv/records.hpp"
#include "store/csv/scanner.hpp"

namespace fullbase::store::csv {
namespace {

constexpr std::size_t longest_header = std::size_t{16} << 20;

/// The first record that is not blank.
struct FirstRecord {
  std::vector<std::string> fields;  ///< none: there is no record
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t line = 1;      ///< of `begin`
  std::int64_t end_line = 1;  ///< of `end`
};

std::vector<std::string> texts_of(const Dialect& dialect, const Marks& marks, const char* text, std::uint32_t start,
                                  std::uint32_t line_end) {
  const std::uint32_t* const first = std::lower_bound(marks.field_ends.data(), marks.field_ends.data() + marks.fields, start);
  const std::uint32_t* const last = std::lower_bound(first, marks.field_ends.data() + marks.fields, line_end);
  Records one;
  one.dialect = dialect;
  one.text = text;
  one.field_ends = marks.field_ends.data();
  one.starts = {start};
  one.first_fields = {static_cast<std::uint32_t>(first - marks.field_ends.data())};
  std::vector<std::string> texts;
  std::vector<char> scratch;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(last - first); ++i) {
    std::string_view field = one.raw(0, i);
    if (first + i == last && field.ends_with('\r')) field.remove_suffix(1);
    bool ok = true;
    if (dialect.quoting && field.starts_with(dialect.quote)) field = unquote(field, dialect.quote, scratch, ok);
    texts.emplace_back(field);
  }
  return texts;
}

/// Bytes of the byte-order mark that the text begins with. Throws input errors for the beginning of what is no UTF-8 text.
std::size_t mark_size(std::string_view begin, const InputFile& file) {
  if (const auto marked = marked_encoding(begin); marked.starts_with("utf-16")) {
    throw base::input_error("the file begins with the byte-order mark of " + std::string(marked) + ", not of utf-8", file.path(),
                            "set the import's `encoding` to utf-16");
  }
  // What follows is a page header's first byte, which no text has.
  if (begin.starts_with("PAR1\x15"))
    throw base::input_error("is a Parquet file", file.path(),
                            "set the import's `format` to parquet; `fullbase info` shows its columns");
  return begin.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
}

FirstRecord read_first_record(const InputFile& file, const Dialect& dialect) {
  const auto reader = file.text(0);
  std::vector<char> text;
  std::size_t have = 0;
  Marks marks;
  for (std::size_t step = std::size_t{1} << 16;; step *= 2) {
    text.resize(have + step + 1 + scan_padding);
    const std::size_t got = reader->read(std::span(text).subspan(have, step));
    have += got;
    const bool whole = got < step;
    const std::size_t mark = mark_size({text.data(), have}, file);
    const char* const begin = text.data() + mark;
    std::size_t size = have - mark;
    State state = scan(dialect, State::record_start, {begin, size}, marks);
    if (whole && state != State::quoted && state != State::record_start) {
      text[have] = '\n';
      scan(dialect, State::record_start, {begin, ++size}, marks);
    }
    std::uint32_t start = 0;
    for (std::size_t i = 0; i < marks.records; ++i) {
      const std::uint32_t line_end = marks.record_ends[i];
      const std::string_view line(begin + start, line_end - start);
      const bool blank = dialect.blanks ? std::all_of(line.begin(), line.end(), Dialect::is_blank) : line.empty() || line == "\r";
      if (!blank) {
        FirstRecord record{texts_of(dialect, marks, begin, start, line_end), static_cast<std::int64_t>(mark + start), 0};
        record.end = static_cast<std::int64_t>(std::min(have, mark + line_end + 1));
        record.line = 1 + std::count(begin, begin + start, '\n');
        record.end_line = 1 + std::count(begin, static_cast<const char*>(text.data()) + record.end, '\n');
        return record;
      }
      start = line_end + 1;
    }
    if (whole && state == State::quoted) {
      const auto line = 1 + std::count(begin, begin + start, '\n');
      throw base::input_error("a quote in the first record is never closed", file.path() + ":" + std::to_string(line),
                              "check the import's `quote`");
    }
    if (whole) return {{}, static_cast<std::int64_t>(mark), static_cast<std::int64_t>(mark), 1, 1};
    if (have > longest_header) {
      throw base::input_error("the first record is longer than 16 MiB", file.path(),
                              "check the import's `delimiter` and `quote`");
    }
  }
}

/// Every line counts, also those before the first item.
Layout basket_layout(const InputFile& file) {
  char begin[8];
  const std::size_t got = file.text(0)->read(begin);
  Layout layout;
  layout.data_begin = static_cast<std::int64_t>(mark_size({begin, got}, file));
  layout.fields = 1;
  layout.positions = {0, 0};
  return layout;
}

using FileWith = std::function<std::string(const std::string& column)>;

/// `hides_texts`: what is taken for the header may be a customer's row.
std::size_t position_in_header(const CsvColumn& column, const std::vector<std::string>& names, const InputFile& file,
                               std::int64_t line, bool hides_texts, const FileWith& file_with) {
  const auto found = std::find(names.begin(), names.end(), column.source);
  const std::string where = file.path() + ":" + std::to_string(line);
  if (found == names.end()) {
    const std::string near = hides_texts ? "" : base::suggestion(column.source, std::span<const std::string>(names));
    std::string all;
    bool readable = true;
    for (const std::string& name : names) {
      all += (all.empty() ? "'" : ", '") + shown_text(name) + "'";
      readable = readable && base::is_utf8(name) && name.find('\0') == std::string::npos;
    }
    if (hides_texts) all = std::to_string(names.size()) + ", not shown since they may be a row: the import has pseudonyms";
    if (!readable) all += "; check the import's `encoding`";
    const std::string other = file_with ? file_with(column.source) : "";
    throw base::input_error(
        "the header has no column '" + column.source + "'" + (other.empty() ? "" : ", which " + other + " has"), where,
        near.empty() ? "it has " + all : near);
  }
  if (std::find(found + 1, names.end(), column.source) != names.end()) {
    throw base::input_error("the header has the column '" + column.source + "' twice", where,
                            "give each column a name of its own, or read the file with `header: false` and positions");
  }
  return static_cast<std::size_t>(found - names.begin());
}

std::size_t position_by_number(const CsvColumn& column, std::size_t fields, const InputFile& file) {
  std::size_t position = 0;
  const char* const end = column.source.data() + column.source.size();
  const auto [next, status] = std::from_chars(column.source.data(), end, position);
  if (status != std::errc() || next != end || position < 1) {
    throw base::input_error("the path has no folder '" + column.source + "=...', and without a header columns are 1, 2, 3, ...",
                            file.path(), "check the import's columns and the file's place");
  }
  if (position > fields && fields > 0) {
    throw base::input_error(
        "there is no column " + column.source + ": the first record has " + std::to_string(fields) + " fields", file.path(),
        "check the import's `delimiter` and columns");
  }
  return position - 1;
}

/// That the path's value is one of the column's type.
void check_path_value(const CsvOptions& options, const CsvColumn& column, const PartitionValue& value, const InputFile& file) {
  try {
    make_constant_parser(options, column, value);
  } catch (const base::Error& error) {
    throw error.within(file.path());
  }
}

}  // namespace

bool has_column(const InputFile& file, const CsvOptions& options, const std::string& column) {
  if (!options.header) return false;
  try {
    const auto names = read_first_record(file, dialect_of(options)).fields;
    return std::find(names.begin(), names.end(), column) != names.end();
  } catch (const base::Error&) {
    return false;
  }
}

Layout read_layout(const InputFile& file, const CsvOptions& options, const PathValues& path_values, const FileWith& file_with) {
  if (options.baskets) return basket_layout(file);
  const Dialect dialect = dialect_of(options);
  const FirstRecord first = read_first_record(file, dialect);
  Layout layout;
  layout.fields = first.fields.size();
  layout.path_values = path_values;
  if (options.header) {
    if (first.fields.empty()) {
      throw base::input_error("the file is empty; a header was expected", file.path(), "set `header: false` if it has none");
    }
    for (std::size_t i = 0; i < options.columns.size(); ++i) {
      const CsvColumn& column = options.columns[i];
      const PartitionValue* const value = layout.path_value(i);
      if (value == nullptr) {
        layout.positions.push_back(position_in_header(column, first.fields, file, first.line, options.hides_texts(), file_with));
        continue;
      }
      if (std::find(first.fields.begin(), first.fields.end(), column.source) != first.fields.end()) {
        throw base::input_error("the column '" + column.source + "' is in the header and in the path",
                                file.path() + ":" + std::to_string(first.line), "rename the column or the folder");
      }
      check_path_value(options, column, *value, file);
      layout.positions.push_back(0);
    }
    layout.data_begin = first.end;
    layout.data_line = first.end_line;
    return layout;
  }
  for (std::size_t i = 0; i < options.columns.size(); ++i) {
    const CsvColumn& column = options.columns[i];
    const PartitionValue* const value = layout.path_value(i);
    if (value != nullptr) check_path_value(options, column, *value, file);
    layout.positions.push_back(value != nullptr ? 0 : position_by_number(column, layout.fields, file));
  }
  layout.data_begin = first.begin;
  layout.data_line = first.line;
  return layout;
}

}  // namespace fullbase::store::csv
