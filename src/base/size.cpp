#include "base/size.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace fullbase::base {
namespace {

/// Bytes of a unit; 0 if it is none. "kB" is 1000 bytes, "K" and "KiB" 1024.
std::int64_t unit_bytes(std::string_view unit) noexcept {
  if (unit.empty() || unit == "B" || unit == "b") return 1;
  static constexpr std::string_view letters = "kmgtp";
  const char letter = static_cast<char>(unit[0] | 0x20);
  const auto power = letters.find(letter);
  if (power == std::string_view::npos) return 0;
  std::string rest;
  for (const char c : unit.substr(1)) rest += static_cast<char>(c | 0x20);
  std::int64_t base = 0;
  if (rest.empty() || rest == "i" || rest == "ib") base = 1024;
  if (rest == "b") base = 1000;
  std::int64_t bytes = base;
  for (std::size_t i = 0; i < power; ++i) bytes *= base;
  return bytes;
}

}  // namespace

std::optional<std::int64_t> parse_bytes(std::string_view text) noexcept {
  const auto digits_end = text.find_first_not_of("0123456789.");
  const std::string_view number = text.substr(0, digits_end);
  std::string_view unit = digits_end == std::string_view::npos ? std::string_view{} : text.substr(digits_end);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const std::int64_t bytes = unit_bytes(unit);
  if (number.empty() || bytes == 0) return std::nullopt;

  if (number.find('.') == std::string_view::npos) {
    std::int64_t count = 0;
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), count);
    std::int64_t product = 0;
    if (status != std::errc() || end != number.data() + number.size() || __builtin_mul_overflow(count, bytes, &product)) {
      return std::nullopt;
    }
    return product;
  }
  double value = 0;
  const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), value, std::chars_format::fixed);
  if (status != std::errc() || end != number.data() + number.size()) return std::nullopt;
  value *= static_cast<double>(bytes);
  if (!(value < 9.2e18)) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(value));
}

std::string format_bytes(std::int64_t bytes) {
  static constexpr std::array<const char*, 6> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (std::abs(value) >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0 || value == std::round(value)) return fmt::format("{:.0f} {}", value, units[unit]);
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string format_count(std::int64_t count) {
  std::string digits = fmt::format("{}", count);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

}  // namespace fullbase::base
