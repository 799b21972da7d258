// What is UTF-8, against the encoding's definition: every code point's one encoding and nothing else.
#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

namespace fullbase::base {
namespace {

std::string encoded(std::uint32_t point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80U) return {static_cast<char>(point)};
  if (point < 0x800U) return {static_cast<char>(0xC0U | (point >> 6U)), tail(0)};
  if (point < 0x10000U) return {static_cast<char>(0xE0U | (point >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (point >> 18U)), tail(12), tail(6), tail(0)};
}

TEST(Utf8, TakesEveryCodePointButSurrogates) {
  for (std::uint32_t point = 0; point <= 0x110100U; ++point) {
    const bool valid = point <= 0x10FFFFU && (point < 0xD800U || point > 0xDFFFU);
    ASSERT_EQ(is_utf8(encoded(point)), valid) << point;
  }
}

TEST(Utf8, TakesNoOtherBytes) {
  std::set<std::string> of_three_bytes;
  for (std::uint32_t point = 0x800U; point < 0x10000U; ++point) of_three_bytes.insert(encoded(point));
  for (unsigned first = 0x80U; first < 0x100U; ++first) {
    for (unsigned second = 0; second < 0x100U; ++second) {
      const std::string two = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(is_utf8(two), first >= 0xC2U && first <= 0xDFU && second >= 0x80U && second <= 0xBFU);
      if (first < 0xE0U || first > 0xEFU) continue;
      for (unsigned third = 0; third < 0x100U; third += 3) {
        const std::string three = two + static_cast<char>(third);
        const bool surrogate = first == 0xEDU && second >= 0xA0U;
        ASSERT_EQ(is_utf8(three), of_three_bytes.contains(three) && !surrogate);
      }
    }
  }
}

TEST(Utf8, SaysWhereTextEnds) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string text = std::string(length, 'a') + "\xC3\xA9";
    EXPECT_EQ(valid_utf8_prefix(text), text.size());
    EXPECT_EQ(valid_utf8_prefix(text + "\xFF"
                                       "b"),
              text.size());
    EXPECT_EQ(valid_utf8_prefix(text + "\xE2\x82"), text.size());
  }
  EXPECT_EQ(utf8_sequence("\xE2\x82\xAC..."), 3U);
  EXPECT_EQ(utf8_sequence("\x80"), 0U);
}

TEST(Utf8, WhatIsPrintedMovesNoCursor) {
  EXPECT_EQ(printable("caf\u00e9 \u4e2d \U0001F600, two\nlines"), "caf\u00e9 \u4e2d \U0001F600, two\nlines");
  EXPECT_EQ(printable("\x1b[2J\tx\r\x7f"), "\\x1b[2J\\x09x\\x0d\\x7f");
  EXPECT_EQ(printable("\xc2\x9b\xc2\xa0"), "\\xc2\\x9b\xc2\xa0");
  EXPECT_EQ(printable("a\xff\xe4\xb8"), "a\\xff\\xe4\\xb8");
  EXPECT_EQ(printable(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(printable_line("caf\u00e9 a\nb\x1b[2J"), "caf\u00e9 a\\x0ab\\x1b[2J");
}

}  // namespace
}  // namespace fullbase::base
