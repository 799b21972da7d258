// Numbers in job files, read alike whatever version of YAML a reader has in mind.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "config/reading.hpp"

namespace fullbase::config {
namespace {

/// The parts of "-12.50e3".
struct Parts {
  bool negative = false;
  std::string_view whole = {};
  std::string_view fraction = {};
  std::string_view exponent = {};  ///< with its sign; empty if there is none
};

std::string_view take_digits(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  if (text.starts_with('-') || text.starts_with('+')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  parts.whole = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    const std::string_view exponent = text;
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (take_digits(text).empty()) return std::nullopt;
    parts.exponent = exponent;
  }
  if (!text.empty()) return std::nullopt;
  return parts;
}

bool has_leading_zero(const Parts& parts) {
  return parts.whole.size() > 1 && parts.whole[0] == '0';
}

constexpr std::string_view leading_zero = "begins with 0, which some readers of YAML take for octal";

/// digits * 10^exponent without trailing zeros.
struct Scaled {
  std::string digits;
  std::int64_t exponent = 0;
};

Scaled scaled(const Parts& parts) {
  Scaled number;
  number.digits = std::string(parts.whole) + std::string(parts.fraction);
  number.digits.erase(0, number.digits.find_first_not_of('0'));
  if (number.digits.empty()) return number;
  if (!parts.exponent.empty()) {
    const std::string_view exponent = parts.exponent.substr(parts.exponent[0] == '+' ? 1 : 0);
    const auto [end, status] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), number.exponent);
    constexpr std::int64_t farthest = std::int64_t{1} << 40;  // beyond any length of text
    if (status != std::errc() || number.exponent > farthest || number.exponent < -farthest) {
      number.exponent = exponent[0] == '-' ? -farthest : farthest;
    }
  }
  number.exponent -= static_cast<std::int64_t>(parts.fraction.size());
  while (number.digits.back() == '0') {
    number.digits.pop_back();
    ++number.exponent;
  }
  return number;
}

}  // namespace

WholeNumber parse_whole_number(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return {{}, "is not a whole number"};
  if (has_leading_zero(*parts)) return {{}, leading_zero};
  Scaled number = scaled(*parts);
  if (number.digits.empty()) return {0, {}};
  if (number.exponent < 0) return {{}, "is not a whole number"};
  constexpr std::int64_t most_digits = std::numeric_limits<std::int64_t>::digits10 + 1;
  if (static_cast<std::int64_t>(number.digits.size()) + number.exponent > most_digits) return {{}, "is beyond 64 bits"};
  number.digits.append(static_cast<std::size_t>(number.exponent), '0');
  if (parts->negative) number.digits.insert(0, 1, '-');
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(number.digits.data(), number.digits.data() + number.digits.size(), value);
  if (status != std::errc()) return {{}, "is beyond 64 bits"};
  return {value, {}};
}

RealNumber parse_real_number(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return {std::numeric_limits<double>::quiet_NaN(), {}};
  std::string_view unsigned_text = text;
  if (text.starts_with('-') || text.starts_with('+')) unsigned_text.remove_prefix(1);
  if (unsigned_text == ".inf" || unsigned_text == ".Inf" || unsigned_text == ".INF") {
    const double infinity = std::numeric_limits<double>::infinity();
    return {text[0] == '-' ? -infinity : infinity, {}};
  }
  const auto parts = split(text);
  if (!parts) return {{}, "is not a number"};
  if (has_leading_zero(*parts)) return {{}, leading_zero};
  double value = 0;
  const auto [end, status] = std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), value);
  if (status != std::errc() || end != unsigned_text.data() + unsigned_text.size()) return {{}, "is beyond the range of a double"};
  return {parts->negative && value != 0 ? -value : value, {}};  // no negative zero
}

namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

template <std::size_t Count>
std::string in_largest_unit(std::int64_t value, const std::array<Unit, Count>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.size == 0) return fmt::format("{}{}", value / unit.size, unit.name);
  }
  return fmt::format("{}{}", value, units.back().name);
}

}  // namespace

std::string bytes_text(std::int64_t bytes) {
  static constexpr std::array<Unit, 5> units = {{{"TiB", std::int64_t{1} << 40},
                                                 {"GiB", std::int64_t{1} << 30},
                                                 {"MiB", std::int64_t{1} << 20},
                                                 {"KiB", std::int64_t{1} << 10},
                                                 {"", 1}}};
  return in_largest_unit(bytes, units);
}

std::string duration_text(std::int64_t microseconds) {
  constexpr std::int64_t second = 1'000'000;
  static constexpr std::array<Unit, 6> units = {
      {{"d", 86'400 * second}, {"h", 3600 * second}, {"min", 60 * second}, {"s", second}, {"ms", 1000}, {"us", 1}}};
  return in_largest_unit(microseconds, units);
}

}  // namespace fullbase::config
