// Decimal numbers as whole units of 10^-scale: money that adds up to the penny.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/int128.hpp"

namespace fullbase::base {

/// Largest scale of a decimal column: 10^18 units fit in 64 bits.
inline constexpr int max_decimal_scale = 18;

/// 10^exponent, exponent in 0..38.
int128 power_of_ten(int exponent);

enum class DecimalStatus : std::uint8_t {
  ok,
  not_a_number,       ///< empty, or characters that are no decimal number (exponents are not accepted)
  too_many_decimals,  ///< a digit other than 0 beyond the scale: an error, never rounded away
  overflow,           ///< beyond +-(2^63 - 1) units; the least int64 stands for a missing value
};
/// "is not a decimal number", "has more decimals than the column", ...: follows the text in a message.
std::string_view describe(DecimalStatus status) noexcept;

struct ParsedDecimal {
  std::int64_t units = 0;
  DecimalStatus status = DecimalStatus::not_a_number;
  explicit operator bool() const noexcept { return status == DecimalStatus::ok; }
};

/// "[+-]digits[.digits]", all of `text`, as units of 10^-scale: "-3.5" at scale 2 is -350. ".5" and "5." are numbers, "." is
/// none.
ParsedDecimal parse_decimal(std::string_view text, int scale) noexcept;

/// units / 10^scale as the nearest double (ties to even), scale in 0..38.
double decimal_to_double(int128 units, int scale) noexcept;

/// "-3.50": always `scale` digits after the point.
std::string format_decimal(int128 units, int scale);

}  // namespace fullbase::base
