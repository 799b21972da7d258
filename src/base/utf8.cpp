#include "base/utf8.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

namespace fullbase::base {
namespace {

bool moves_cursor(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20U || first == 0x7FU;
  return character.size() == 2 && first == 0xC2U && static_cast<unsigned char>(character[1]) < 0xA0U;  // U+0080 to U+009F
}

std::string shown(std::string_view text, bool keep_lines) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    const auto taken = text.substr(0, length == 0 ? 1 : length);
    if (length == 0 || (moves_cursor(taken) && !(keep_lines && taken == "\n"))) {
      for (const char byte : taken) shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else {
      shown += taken;
    }
    text.remove_prefix(taken.size());
  }
  return shown;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i, unsigned low = 0x80U, unsigned high = 0xBFU) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return follows(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    const unsigned low = first == 0xE0U ? 0xA0U : 0x80U;   // shorter forms exist below
    const unsigned high = first == 0xEDU ? 0x9FU : 0xBFU;  // surrogates lie above
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    const unsigned low = first == 0xF0U ? 0x90U : 0x80U;
    const unsigned high = first == 0xF4U ? 0x8FU : 0xBFU;  // U+10FFFF is the last
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

std::size_t valid_utf8_prefix(std::string_view bytes) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (at + 8 <= bytes.size()) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, 8);
      if ((word & high_bits) == 0) {
        at += 8;
        continue;
      }
    }
    const std::size_t length = utf8_sequence(bytes.substr(at, 4));
    if (length == 0) return at;
    at += length;
  }
  return at;
}

std::string printable(std::string_view text) {
  return shown(text, true);
}

std::string printable_line(std::string_view text) {
  return shown(text, false);
}

}  // namespace fullbase::base
