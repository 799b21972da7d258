#include "config/quote.hpp"

#include <fmt/format.h>

namespace fullbase::config {

std::string shorten(std::string_view text) {
  constexpr std::size_t longest = 60;
  const bool cut = text.size() > longest;
  if (cut) {
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end);
  }
  std::string shown;
  for (const char c : text) {
    if (c == '\n') {
      shown += "\\n";
    } else if (c == '\t') {
      shown += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20U || c == '\x7f') {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      shown += c;
    }
  }
  return cut ? shown + "..." : shown;
}

std::string quote(std::string_view text) {
  return fmt::format("'{}'", shorten(text));
}

}  // namespace fullbase::config
