// Numbers in few instructions: eight digits at a time. What these do not take is not an error but for the exact, slower parsers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace fullbase::store::csv {

inline constexpr std::uint64_t powers_of_ten[] = {1,         10,         100,         1'000,         10'000,        100'000,
                                                  1'000'000, 10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000};

inline std::uint64_t load_eight(const char* text) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  return word;
}

/// The low `count` (0..8) bytes of a word.
inline std::uint64_t low_bytes(std::uint64_t word, std::size_t count) noexcept {
  return count >= 8 ? word : word & ((std::uint64_t{1} << (8 * count)) - 1);
}

/// True if all eight bytes are '0'..'9'.
inline bool all_digits(std::uint64_t word) noexcept {
  return ((word & 0xf0f0f0f0f0f0f0f0ULL) | (((word + 0x0606060606060606ULL) & 0xf0f0f0f0f0f0f0f0ULL) >> 4)) ==
         0x3333333333333333ULL;
}

/// The number that eight digits spell, the first in the lowest byte: pairs, then fours, then all, each by one multiplication.
inline std::uint64_t eight_digits(std::uint64_t word) noexcept {
  word = (word & 0x0f0f0f0f0f0f0f0fULL) * 2561 >> 8;
  word = (word & 0x00ff00ff00ff00ffULL) * 6553601 >> 16;
  return (word & 0x0000ffff0000ffffULL) * 42949672960001ULL >> 32;
}

/// Digits in the low `count` (1..8) bytes of `word`, the others any, as eight digits with zeros before.
inline std::uint64_t pad_digits(std::uint64_t word, std::size_t count) noexcept {
  const unsigned shift = static_cast<unsigned>(8 * (8 - count));
  return (word << shift) | (shift ? 0x3030303030303030ULL >> (64 - shift) : 0);
}

/// A number of at most 8 characters after its sign, "[-]digits[.digits]", as digits and how many of them stand after the point.
struct ShortNumber {
  std::uint64_t digits = 0;
  int decimals = 0;
  bool negative = false;
  bool ok = false;
};

/// Eight readable bytes follow the text.
inline ShortNumber short_number(std::string_view text) noexcept {
  ShortNumber number;
  const char* at = text.data();
  std::size_t size = text.size();
  number.negative = size > 0 && *at == '-';
  at += number.negative;
  size -= number.negative;
  if (size - 1 >= 8) return number;  // also none at all
  std::uint64_t word = load_eight(at);
  // The lowest byte equal to '.': the classic test for a zero byte is exact for the lowest one.
  const std::uint64_t zero_at_point = low_bytes(word, size) ^ 0x2e2e2e2e2e2e2e2eULL;
  const std::uint64_t points = (zero_at_point - 0x0101010101010101ULL) & ~zero_at_point & 0x8080808080808080ULL;
  if (points) {
    const auto point = static_cast<std::size_t>(__builtin_ctzll(points) / 8);
    const std::uint64_t before = (std::uint64_t{1} << (8 * point)) - 1;
    word = (word & before) | ((word >> 8) & ~before);
    number.decimals = static_cast<int>(size - 1 - point);
    if (--size == 0) return number;
  }
  word = pad_digits(word, size);
  number.ok = all_digits(word);
  number.digits = eight_digits(word);
  return number;
}

}  // namespace fullbase::store::csv
