// Lines of one basket each: every item of a line is a record of one field, and the line's number goes with it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "store/csv/column_parser.hpp"
#include "store/csv/options.hpp"
#include "store/csv/records.hpp"
#include "store/csv/scanner.hpp"

namespace fullbase::store::csv {

/// Where the columns of such a table stand in CsvOptions::columns.
inline constexpr std::size_t basket_column = 0;
inline constexpr std::size_t item_column = 1;

/// The dialect to scan for such lines: fields between blanks may be empty.
Dialect basket_dialect(const CsvOptions& options);

/// Takes the items of lines out of what a scan found. Kept from slab to slab for its arrays.
class BasketLines {
 public:
  explicit BasketLines(const CsvOptions& options);

  /// As collect(), of the first `limit` lines that marks show. A field is an item unless it is empty or one of the tokens that
  /// mean "missing"; a line without an item gives one record whose field is empty. Every record knows its line
  /// (Records::lines); Records::found counts lines. No line is ragged. Cost: one look at each field. Memory: 12
  /// bytes a field.
  void collect(const char* text, Marks& marks, std::size_t limit, Records& records);

 private:
  bool is_item(std::string_view text);

  Dialect dialect_;
  bool trimmed_;  ///< blanks around an item don't count: it is a number
  MissingTokens missing_;
  std::vector<char> scratch_;
};

/// Parsers of the table's two columns: the line on which a record's basket begins, counted from the piece's first byte, and the
/// item, missing where the field is empty.
std::vector<std::unique_ptr<ColumnParser>> make_basket_parsers(const CsvOptions& options);

}  // namespace fullbase::store::csv
