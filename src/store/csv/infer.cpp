#include "store/csv/infer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "base/size.hpp"
#include "store/csv/dialect_guess.hpp"
#include "store/csv/layout.hpp"
#include "store/csv/piece_parser.hpp"

namespace fullbase::store {
namespace {

using Names = std::vector<std::string>;

/// All columns as texts, the header as a row like others.
CsvOptions texts_of(const csv::GuessedDialect& dialect, std::size_t columns) {
  CsvOptions options;
  options.delimiter = dialect.delimiter;
  options.quote = dialect.quote;
  options.header = false;
  options.missing = {};
  for (std::size_t c = 0; c < columns; ++c) {
    CsvColumn column;
    column.source = std::to_string(c + 1);
    options.columns.push_back(std::move(column));
  }
  return options;
}

/// Whether the first record names the columns: different texts, none of which is a number or a time. One may be empty, as above
/// row numbers that another program has written.
bool names_columns(const Names& first) {
  if (std::set<std::string>(first.begin(), first.end()).size() != first.size()) return false;
  return std::ranges::all_of(first, [](const auto& name) {
    csv::ColumnGuess guess;
    guess.add(name);
    const auto column = guess.result();
    const bool text = column.type == data::Type::string || column.type == data::Type::boolean;
    return name.empty() || (text && column.missing.empty() && !column.leading_zeros);
  });
}

/// What one file's records give.
struct Read {
  Names first;
  std::int64_t rows = 0;
  csv::ReasonCounts reasons{};
};

std::int64_t count(const csv::ReasonCounts& reasons, csv::Reason reason) {
  return reasons[static_cast<std::size_t>(reason)];
}

void require_texts(const csv::ReasonCounts& reasons, const std::string& path) {
  using csv::Reason;
  if (const auto rows = count(reasons, Reason::not_utf8); rows > 0)
    throw base::input_error(
        fmt::format("records that are no UTF-8 text: {}", base::format_count(rows)), path,
        "convert the file first (iconv -f windows-1252 -t utf-8), or write the import section by hand with its "
        "`encoding`");
  if (const auto rows = count(reasons, Reason::nul_byte); rows > 0)
    throw base::input_error(fmt::format("records with NUL bytes, which no text has: {}", base::format_count(rows)), path,
                            "if the file is UTF-16 without a mark at its start, convert it first (iconv -f utf-16le -t utf-8)");
  if (const auto rows = count(reasons, Reason::text_after_quote); rows > 0)
    throw base::input_error(fmt::format("{} fields have text behind their closing quote", base::format_count(rows)), path,
                            "write the import section by hand with another `quote`, or quote: \"\" for none");
}

/// All of a file's records, to `rows` as they come. Throws input errors for quotes that are never closed and text that cannot be.
csv::PieceResult parse_whole(const csv::InputFile& file, const CsvOptions& options, const csv::Layout& layout,
                             const std::function<void(csv::RowGroup&&)>& rows) {
  csv::PieceSizes sizes;
  sizes.reject_limit = 0;
  csv::PieceParser parser(options, layout, sizes);
  const auto end = file.compressed() ? std::numeric_limits<std::int64_t>::max() : file.bytes();
  const auto none = [](std::vector<csv::Reject>&&) {};
  const auto result = parser.parse(file, {layout.data_begin, end}, csv::State::record_start, {rows, none});
  if (result.open_quote_line)
    throw base::input_error("a quote is never closed",
                            fmt::format("{}:{}", file.path(), layout.data_line + *result.open_quote_line),
                            "give the right --delimiter, or write the import section by hand with another `quote`");
  require_texts(result.reasons, file.path());
  return result;
}

/// Goes through a file's records; the first is kept, and looked at too if `looks_at_first` says so.
template <class F>
Read read_file(const csv::InputFile& file, const CsvOptions& options, const csv::Layout& layout, F looks_at_first,
               std::vector<csv::ColumnGuess>& guesses) {
  Read read;
  const auto look_at = [&](csv::RowGroup&& group) {
    for (std::int64_t row = 0; row < group.rows; ++row) {
      const auto text = [&](std::size_t c) { return std::get<data::Strings>(group.columns[c].values)[row]; };
      if (read.rows++ == 0) {
        for (std::size_t c = 0; c < guesses.size(); ++c) read.first.emplace_back(text(c));
        if (!looks_at_first(read.first)) continue;
      }
      for (std::size_t c = 0; c < guesses.size(); ++c) guesses[c].add(text(c));
    }
  };
  read.reasons = parse_whole(file, options, layout, look_at).reasons;
  return read;
}

void require_table(const InferredFiles& inferred, const std::string& path) {
  if (20 * inferred.ragged <= inferred.rows + inferred.ragged) return;
  throw base::input_error(
      fmt::format("{} of {} records have another number of fields than the first, which has {}",
                  base::format_count(inferred.ragged), base::format_count(inferred.rows + inferred.ragged),
                  inferred.columns.size()),
      path,
      "if each line is a basket of items, say --layout baskets; else give another --delimiter: lines that are no table "
      "are one column under a delimiter they lack");
}

}  // namespace

InferredFiles infer_csv(const std::vector<std::string>& files, const std::string& delimiter) {
  InferredFiles inferred;
  std::vector<csv::ColumnGuess> guesses;
  csv::GuessedDialect dialect;
  Names names;
  for (std::size_t f = 0; f < files.size(); ++f) {
    const csv::InputFile file(files[f]);
    if (f == 0) dialect = csv::guess_dialect(file, delimiter);
    auto options = texts_of(dialect, 0);
    auto layout = csv::read_layout(file, options);
    if (layout.fields == 0) throw base::input_error("the file is empty", files[f], "a draft needs a record");
    if (f == 0) guesses.resize(layout.fields);
    if (layout.fields != guesses.size())
      throw base::input_error(
          fmt::format("the first record has {} fields, that of {} has {}", layout.fields, files[0], guesses.size()), files[f],
          "files of one table have the same columns");
    options = texts_of(dialect, layout.fields);
    for (std::size_t c = 0; c < layout.fields; ++c) layout.positions.push_back(c);
    const auto read = read_file(
        file, options, layout,
        [&](const Names& first) {
          if (f == 0) inferred.header = names_columns(first);
          return !inferred.header;
        },
        guesses);
    if (f == 0) names = read.first;
    if (inferred.header && names != read.first)
      throw base::input_error("the header is not that of " + files[0], files[f], "files of one table have the same columns");
    inferred.rows += read.rows - (inferred.header ? 1 : 0);
    inferred.ragged += count(read.reasons, csv::Reason::too_few_fields) + count(read.reasons, csv::Reason::too_many_fields);
  }
  for (std::size_t c = 0; c < guesses.size(); ++c)
    inferred.columns.push_back({inferred.header ? names[c] : std::to_string(c + 1), guesses[c].result()});
  inferred.delimiter = dialect.delimiter;
  inferred.quote = dialect.quote;
  require_table(inferred, files[0]);
  return inferred;
}

InferredBaskets infer_baskets(const std::vector<std::string>& files, const std::string& delimiter) {
  InferredBaskets inferred;
  csv::ColumnGuess guess;
  CsvOptions options{.header = false, .baskets = true, .columns = basket_columns("basket", "item", data::Type::string)};
  for (const auto& path : files) {
    const csv::InputFile file(path);
    if (&path == &files.front()) {
      const auto dialect = csv::guess_basket_dialect(file, delimiter);
      options.delimiter = inferred.delimiter = dialect.delimiter;
      options.quote = inferred.quote = dialect.quote;
    }
    const auto look_at = [&](csv::RowGroup&& group) {
      const csv::LocalColumn& items = group.columns[csv::item_column];
      for (std::int64_t row = 0; row < group.rows; ++row) {
        if (!items.mask.empty() && items.mask[static_cast<std::size_t>(row)]) {
          ++inferred.empty;
        } else {
          ++inferred.rows;
          guess.add(std::get<data::Strings>(items.values)[row]);
        }
      }
    };
    inferred.baskets += parse_whole(file, options, csv::read_layout(file, options), look_at).records;
  }
  if (inferred.rows == 0) throw base::input_error("there is no item", files.front(), "a draft needs one");
  inferred.items = guess.result();
  if (inferred.items.type != data::Type::int64 || inferred.items.leading_zeros) inferred.items.type = data::Type::category;
  return inferred;
}

}  // namespace fullbase::store
