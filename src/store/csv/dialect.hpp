// The dialect's automaton: where a byte stands with respect to records, fields and quotes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "store/csv/options.hpp"

namespace fullbase::store::csv {

struct Dialect {
  char delimiter = ',';
  char quote = '"';
  bool quoting = true;      ///< false: no byte is a quote
  bool blanks = false;      ///< runs of blanks and tabs delimit; `delimiter` is not used
  bool each_blank = false;  ///< with `blanks`: each one of a run does, as a delimiter would, so that fields between are empty

  bool is_delimiter(char byte) const noexcept { return blanks ? is_blank(byte) : byte == delimiter; }
  bool is_quote(char byte) const noexcept { return quoting && byte == quote; }
  /// Between fields in blanks mode. The CR of a CRLF goes with them.
  static bool is_blank(char byte) noexcept { return byte == ' ' || byte == '\t' || byte == '\r'; }
};

/// Throws a job-file error for a delimiter or quote that cannot be one.
Dialect dialect_of(const CsvOptions& options);

/// Before a byte: what the bytes before it have led to.
enum class State : std::uint8_t {
  record_start,  ///< a record begins here
  field_start,   ///< after a delimiter
  unquoted,      ///< within a field that is not quoted, or after the text behind a closing quote
  quoted,        ///< within quotes
  quote_seen,    ///< after a quote within quotes: it closes, or is the first of a doubled one
};

/// The automaton's one step; the definition of the dialect.
constexpr State step(const Dialect& dialect, State state, char byte) noexcept {
  if (state == State::quoted) return dialect.is_quote(byte) ? State::quote_seen : State::quoted;
  if (byte == '\n') return State::record_start;
  if (dialect.is_quote(byte)) {
    if (state == State::quote_seen) return State::quoted;
    return state == State::unquoted ? State::unquoted : State::quoted;
  }
  if (dialect.is_delimiter(byte)) {
    // Blanks before a record's first field delimit nothing, but a quote behind them opens a field as it does at the start.
    return State::field_start;
  }
  return State::unquoted;
}

/// The state after `bytes`, the same as step() on each of them, by searching for quotes: several GB/s where they are rare.
State advance(const Dialect& dialect, State state, std::string_view bytes) noexcept;

/// States that can stand before a byte, told from the byte before it alone. The first is the likely one: outside quotes.
struct Candidates {
  State states[3];
  int count = 0;
  std::span<const State> all() const noexcept { return {states, static_cast<std::size_t>(count)}; }
};
Candidates candidates_after(const Dialect& dialect, char byte) noexcept;

}  // namespace fullbase::store::csv
