// What the parsers of all types share: going through a column's fields, and keeping values and their mask.
#pragma once

#include <algorithm>
#include <utility>

#include "store/csv/column_parser.hpp"

namespace fullbase::store::csv {

/// One column's fields, quotes taken off. A field with text behind its closing quote is refused.
class FieldTexts {
 public:
  explicit FieldTexts(std::size_t position) : position_(position) {}

  /// True for a text that the next one overwrites; others live as long as the records' text.
  bool in_scratch(std::string_view text) const noexcept { return text.data() == scratch_.data() && !scratch_.empty(); }

  /// Calls work(record, text) for each record; scan_padding readable bytes follow each text.
  template <class Work>
  void each(const Records& records, Refusals& refusals, Work&& work) {
    const bool quoting = records.dialect.quoting;
    const char quote = records.dialect.quote;
    for (std::size_t record = 0; record < records.size(); ++record) {
      std::string_view text = records.raw(record, position_);
      if (quoting && !text.empty() && text[0] == quote) [[unlikely]] {
        bool ok = false;
        text = unquote(text, quote, scratch_, ok);
        if (!ok) {
          refusals.add(record, Reason::text_after_quote);
          text = {text.data(), 0};
        }
      }
      work(record, text);
    }
  }

 private:
  std::size_t position_;
  std::vector<char> scratch_;
};

inline std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Keeps the entries of the last refused.size() values that are not refused.
template <class T>
void drop_refused(std::vector<T>& values, std::span<const std::uint8_t> refused) {
  std::size_t to = values.size() - refused.size();
  const std::size_t first = to;
  for (std::size_t i = 0; i < refused.size(); ++i) {
    if (!refused[i]) values[to++] = values[first + i];
  }
  values.resize(to);
}

/// Values of a fixed size, with a mask that exists from the first missing value on.
template <class T>
class FixedValues {
 public:
  /// Makes room for `count` more values and returns where they go.
  T* extend(std::size_t count) {
    values_.resize(values_.size() + count);
    if (!mask_.empty()) mask_.resize(values_.size());
    return values_.data() + values_.size() - count;
  }
  /// Marks one of the last extend()'s values as missing; it must be counted from the start of all.
  void set_missing(std::size_t row) {
    if (mask_.empty()) mask_.resize(values_.size());
    mask_[row] = 1;
  }
  std::size_t size() const noexcept { return values_.size(); }
  void drop(std::span<const std::uint8_t> refused) {
    drop_refused(values_, refused);
    if (!mask_.empty()) drop_refused(mask_, refused);
  }
  LocalColumn take(std::size_t rows) {
    LocalColumn column{std::exchange(values_, {}), std::exchange(mask_, {})};
    if (std::find(column.mask.begin(), column.mask.end(), 1) == column.mask.end()) column.mask.clear();
    values_.reserve(rows);
    return column;
  }

 private:
  std::vector<T> values_;
  std::vector<std::uint8_t> mask_;
};

std::unique_ptr<ColumnParser> make_number_parser(const CsvColumn& column, const MissingTokens& missing, std::size_t position);
std::unique_ptr<ColumnParser> make_time_parser(const CsvColumn& column, const std::string& zone, const MissingTokens& missing,
                                               std::size_t position);
/// Categories keep their texts: their pseudonyms are made when they are united (unite_categories), one a category and not one a
/// row.
std::unique_ptr<ColumnParser> make_text_parser(const CsvOptions& options, const CsvColumn& column, const MissingTokens& missing,
                                               std::size_t position);

}  // namespace fullbase::store::csv
