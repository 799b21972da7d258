#include "base/decimal.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/contract.hpp"

namespace fullbase::base {
namespace {

constexpr auto powers = [] {
  std::array<int128, 39> table{};
  table[0] = 1;
  for (std::size_t i = 1; i < table.size(); ++i) table[i] = table[i - 1] * 10;
  return table;
}();

constexpr bool is_digit(char c) noexcept {
  return '0' <= c && c <= '9';
}

/// numerator / denominator, rounded once: the integer quotient is extended bit by bit until it has more bits than a double, and
/// the remainder lives on as a sticky last bit. denominator < 2^127.
double rounded_quotient(uint128 numerator, uint128 denominator) noexcept {
  uint128 quotient = numerator / denominator;
  uint128 remainder = numerator % denominator;
  int exponent = 0;
  while (remainder != 0 && quotient < (uint128{1} << 56)) {
    remainder *= 2;
    quotient *= 2;
    --exponent;
    if (remainder >= denominator) {
      remainder -= denominator;
      quotient += 1;
    }
  }
  if (remainder != 0) quotient |= 1;
  return std::ldexp(static_cast<double>(quotient), exponent);
}

}  // namespace

int128 power_of_ten(int exponent) {
  FULLBASE_EXPECTS(0 <= exponent && exponent <= 38, "a power of ten fits in 128 bits");
  return powers[static_cast<std::size_t>(exponent)];
}

std::string_view describe(DecimalStatus status) noexcept {
  switch (status) {
    case DecimalStatus::ok:
      return "is a decimal number";
    case DecimalStatus::not_a_number:
      return "is not a decimal number";
    case DecimalStatus::too_many_decimals:
      return "has more decimals than the column";
    case DecimalStatus::overflow:
      return "is too large for a decimal of this scale";
  }
  return "";
}

ParsedDecimal parse_decimal(std::string_view text, int scale) noexcept {
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;

  std::uint64_t units = 0;
  bool overflow = false;
  const auto append = [&](unsigned digit) {
    overflow |= units > (largest - digit) / 10;
    if (!overflow) units = units * 10 + digit;
  };
  const char* const digits = p;
  for (; p != end && is_digit(*p); ++p) append(static_cast<unsigned>(*p - '0'));
  bool any_digit = p != digits;
  int decimals = 0;
  bool too_many = false;
  if (p != end && *p == '.') {
    for (++p; p != end && is_digit(*p); ++p) {
      any_digit = true;
      if (decimals < scale) {
        append(static_cast<unsigned>(*p - '0'));
        ++decimals;
      } else {
        too_many |= *p != '0';
      }
    }
  }
  if (p != end || !any_digit) return {0, DecimalStatus::not_a_number};
  if (too_many) return {0, DecimalStatus::too_many_decimals};
  for (; decimals < scale; ++decimals) append(0);
  if (overflow) return {0, DecimalStatus::overflow};
  const auto value = static_cast<std::int64_t>(units);
  return {negative ? -value : value, DecimalStatus::ok};
}

double decimal_to_double(int128 units, int scale) noexcept {
  constexpr int128 exact = int128{1} << 53;
  const int128 denominator = powers[static_cast<std::size_t>(std::clamp(scale, 0, 38))];
  // Both sides are exact doubles: IEEE division rounds once.
  if (-exact <= units && units <= exact && scale <= 22) return static_cast<double>(units) / static_cast<double>(denominator);
  const bool negative = units < 0;
  const uint128 magnitude = negative ? -static_cast<uint128>(units) : static_cast<uint128>(units);
  const double value = rounded_quotient(magnitude, static_cast<uint128>(denominator));
  return negative ? -value : value;
}

std::string format_decimal(int128 units, int scale) {
  uint128 magnitude = units < 0 ? -static_cast<uint128>(units) : static_cast<uint128>(units);
  std::string text;
  for (int digits = 0; digits <= scale || magnitude != 0; ++digits) {
    if (digits == scale && scale > 0) text += '.';
    text += static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  }
  if (units < 0) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace fullbase::base
