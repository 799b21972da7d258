// Why a row was not taken.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::store::csv {

enum class Reason : std::uint8_t {
  too_few_fields,
  too_many_fields,
  missing,  ///< in a required column
  not_a_number,
  not_whole,          ///< int64: digits after the point
  too_many_decimals,  ///< decimal: beyond the scale
  overflow,
  not_a_boolean,
  not_a_time,  ///< does not have the format
  no_such_time,
  skipped_time,  ///< a local time that the zone's clocks skipped
  text_after_quote,
  not_utf8,
  nul_byte,
  not_in_encoding,  ///< bytes that mean nothing in the file's encoding, which is another than UTF-8
};
inline constexpr int reason_count = 15;

/// "missing value", "not a number", ...: what the rejects table and the counts say.
std::string_view reason_text(Reason reason) noexcept;

/// One row that was not taken.
struct Reject {
  std::int64_t line = 0;  ///< of the record's first byte; the file's first line is 1
  int column = -1;        ///< position among the imported columns; -1: the record as a whole
  Reason reason = Reason::missing;
  std::string text;  ///< the field's or record's text as it stands in the file, shown_text(); empty where they are hidden

  friend bool operator==(const Reject&, const Reject&) = default;
};

/// Rows that were not taken, by Reason.
using ReasonCounts = std::array<std::int64_t, reason_count>;

/// Text for people and for the rejects table: at most 200 bytes of it, control bytes and what is not UTF-8 as \xNN.
std::string shown_text(std::string_view text);

}  // namespace fullbase::store::csv
