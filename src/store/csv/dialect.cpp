#include "store/csv/dialect.hpp"

#include <cstring>

#include "base/error.hpp"

namespace fullbase::store::csv {
namespace {

char delimiter_byte(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() != 1 || text[0] == '\n' || text[0] == '\r' || text[0] == '\0') {
    throw base::job_file_error("the delimiter '" + text + "' is not one byte", "delimiter",
                               "give one character other than a line end, 'tab', or 'blanks' for runs of blanks");
  }
  return text[0];
}

/// The state after `bytes` (at least one) none of which changes whether we stand within quotes, beginning outside.
State outside_state(const Dialect& dialect, char last) noexcept {
  if (last == '\n') return State::record_start;
  return dialect.is_delimiter(last) ? State::field_start : State::unquoted;
}

}  // namespace

Dialect dialect_of(const CsvOptions& options) {
  Dialect dialect;
  dialect.blanks = options.delimiter == "blanks";
  dialect.delimiter = dialect.blanks ? ' ' : delimiter_byte(options.delimiter);
  dialect.quoting = !options.quote.empty();
  if (options.quote.size() > 1) {
    throw base::job_file_error("the quote '" + options.quote + "' is not one byte", "quote",
                               "give one character, or '' for none");
  }
  dialect.quote = dialect.quoting ? options.quote[0] : '\0';
  if (dialect.quoting && (dialect.is_delimiter(dialect.quote) || dialect.quote == '\n' || dialect.quote == '\r')) {
    throw base::job_file_error("the quote is a delimiter or a line end", "quote", "give another character, or '' for none");
  }
  return dialect;
}

State advance(const Dialect& dialect, State state, std::string_view bytes) noexcept {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const auto next_quote = [&](const char* from) {
    const void* found = dialect.quoting ? std::memchr(from, dialect.quote, static_cast<std::size_t>(end - from)) : nullptr;
    return found ? static_cast<const char*>(found) : end;
  };
  while (at < end) {
    if (state == State::quoted) {
      at = next_quote(at);
      if (at == end) return State::quoted;
      state = State::quote_seen;
      ++at;
      continue;
    }
    const char* quote = next_quote(at);
    if (quote > at) state = outside_state(dialect, quote[-1]);
    if (quote == end) return state;
    state = step(dialect, state, *quote);
    at = quote + 1;
  }
  return state;
}

Candidates candidates_after(const Dialect& dialect, char byte) noexcept {
  if (!dialect.quoting) return {{outside_state(dialect, byte)}, 1};
  // A quote: it closed or begins a doubled one, opened a field or ended a doubled one, or is text of a field without quotes.
  if (byte == dialect.quote) return {{State::quote_seen, State::quoted, State::unquoted}, 3};
  return {{outside_state(dialect, byte), State::quoted}, 2};
}

}  // namespace fullbase::store::csv
