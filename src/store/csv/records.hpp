// The records of a slab whose fields are as many as the file has columns, and the text of their fields.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "store/csv/dialect.hpp"
#include "store/csv/reject.hpp"
#include "store/csv/scanner.hpp"

namespace fullbase::store::csv {

/// A record of another number of fields.
struct RaggedRecord {
  std::uint32_t start = 0;
  std::uint32_t end = 0;  ///< of its text, without the line end
  Reason reason = Reason::too_few_fields;
};

/// Records of one slab, in order. Kept from slab to slab for its arrays.
struct Records {
  Dialect dialect;
  const char* text = nullptr;                 ///< scan_padding readable bytes follow its last record
  const std::uint32_t* field_ends = nullptr;  ///< ends of fields; a record's last one without its CR
  std::vector<std::uint32_t> starts;          ///< where each record begins
  std::vector<std::uint32_t> first_fields;    ///< position in field_ends of each record's first field
  std::vector<RaggedRecord> ragged;
  /// Of baskets alone: by record, the line on which its basket begins, counted from the first of the text.
  std::vector<std::uint32_t> lines;
  std::int64_t first_line = 0;  ///< of the text, counted from the piece's first byte
  std::int64_t found = 0;       ///< records, the ragged ones included, blank lines left out; of baskets lines
  bool plain = true;            ///< Marks::plain

  std::size_t size() const noexcept { return starts.size(); }

  /// Field `column` of record `record` as it stands in the file, quotes included. scan_padding readable bytes follow it.
  std::string_view raw(std::size_t record, std::size_t column) const noexcept {
    const std::uint32_t* const ends = field_ends + first_fields[record];
    std::uint32_t begin = column == 0 ? starts[record] : ends[column - 1] + 1;
    std::uint32_t end = ends[column];
    if (dialect.blanks) trim(begin, end);
    return {text + begin, end - begin};
  }

 private:
  void trim(std::uint32_t& begin, std::uint32_t& end) const noexcept {
    while (begin < end && Dialect::is_blank(text[begin])) ++begin;
    while (begin < end && Dialect::is_blank(text[end - 1])) --end;
  }
};

/// Sorts what a scan of `text` found into records of `columns` fields, ragged records and blank lines (skipped). Only the first
/// `limit` line ends are looked at. Changes marks: CRs before line ends are taken off the last fields.
void collect(const Dialect& dialect, const char* text, Marks& marks, std::size_t columns, std::size_t limit, Records& records);

/// The text of a quoted field: quotes off, doubled ones single. `raw` begins with the quote. Nothing but the closing quote may
/// follow it; otherwise `ok` is false. Uses scratch if there is something to change; scan_padding readable bytes follow the
/// result.
std::string_view unquote(std::string_view raw, char quote, std::vector<char>& scratch, bool& ok);

}  // namespace fullbase::store::csv
