#include "store/csv/reject.hpp"

#include "base/utf8.hpp"

namespace fullbase::store::csv {

std::string_view reason_text(Reason reason) noexcept {
  switch (reason) {
    case Reason::too_few_fields:
      return "too few fields";
    case Reason::too_many_fields:
      return "too many fields";
    case Reason::missing:
      return "missing value";
    case Reason::not_a_number:
      return "not a number";
    case Reason::not_whole:
      return "not a whole number";
    case Reason::too_many_decimals:
      return "more decimals than the column";
    case Reason::overflow:
      return "number out of range";
    case Reason::not_a_boolean:
      return "neither true nor false";
    case Reason::not_a_time:
      return "does not match the time format";
    case Reason::no_such_time:
      return "no such date or time";
    case Reason::skipped_time:
      return "local time skipped by the zone's clocks";
    case Reason::text_after_quote:
      return "text after the closing quote";
    case Reason::not_utf8:
      return "not UTF-8";
    case Reason::nul_byte:
      return "contains a NUL byte";
    case Reason::not_in_encoding:
      return "not in the file's encoding";
  }
  return "";
}

std::string shown_text(std::string_view text) {
  static constexpr std::size_t longest = 200;
  static constexpr char digits[] = "0123456789abcdef";
  std::string shown;
  while (!text.empty() && shown.size() < longest) {
    const std::size_t bytes = base::utf8_sequence(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (bytes == 0 || first < 0x20 || first == 0x7f) {
      shown += "\\x";
      shown += digits[first >> 4];
      shown += digits[first & 15];
      text.remove_prefix(1);
    } else {
      shown += text.substr(0, bytes);
      text.remove_prefix(bytes);
    }
  }
  if (!text.empty()) shown += "...";
  return shown;
}

}  // namespace fullbase::store::csv
