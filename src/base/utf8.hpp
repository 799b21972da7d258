// Whether bytes are text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fullbase::base {

/// Bytes of the character that a text that is not empty begins with; 0 if it begins with none.
std::size_t utf8_sequence(std::string_view text) noexcept;

/// Bytes of the longest start of `bytes` that is valid UTF-8 (RFC 3629: no overlong forms, no surrogates): bytes.size() if all of
/// it is.
std::size_t valid_utf8_prefix(std::string_view bytes) noexcept;

inline bool is_utf8(std::string_view bytes) noexcept {
  return valid_utf8_prefix(bytes) == bytes.size();
}

/// The text as it may stand in a message, whoever wrote it: bytes that are not UTF-8, and control characters but the end of a
/// line, become \xNN, so that a name in a file cannot move a terminal's cursor or forge what stands above.
std::string printable(std::string_view text);

/// The same in one line: of a name, or a value of a table that is shown row by row. The end of a line becomes \x0a.
std::string printable_line(std::string_view text);

}  // namespace fullbase::base
