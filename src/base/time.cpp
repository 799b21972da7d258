#include "base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace fullbase::base {

CivilDate civil_from_days(std::int64_t days) noexcept {
  const std::int64_t shifted = days + 719468;  // days since 0000-03-01
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const std::int64_t day_of_era = shifted - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const int month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {year_of_era + era * 400 + (month <= 2), month, day};
}

bool is_civil_date(std::int64_t year, int month, int day) noexcept {
  if (month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const int last = month == 2 ? (leap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  return day <= last;
}

std::string_view describe(TimeStatus status) noexcept {
  switch (status) {
    case TimeStatus::ok:
      return "is a time";
    case TimeStatus::no_match:
      return "does not match the time format";
    case TimeStatus::out_of_range:
      return "has a field out of range";
    case TimeStatus::nonexistent:
      return "does not exist in the time zone (its clocks skipped it)";
  }
  return "";
}

std::string format_date(std::int64_t days) {
  const CivilDate date = civil_from_days(days);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string format_timestamp(std::int64_t timestamp) {
  const std::int64_t day = day_of_timestamp(timestamp);
  const std::int64_t rest = timestamp - day * microseconds_per_day;
  const std::int64_t seconds = rest / microseconds_per_second;
  const std::int64_t fraction = rest % microseconds_per_second;
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", format_date(day), seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (fraction != 0) text += fmt::format(".{:06}", fraction);
  return text + 'Z';
}

std::optional<std::int64_t> parse_duration(std::string_view text) noexcept {
  struct Unit {
    std::string_view name;
    std::int64_t microseconds;
  };
  static constexpr std::array<Unit, 9> units = {{{"us", 1},
                                                 {"ms", 1000},
                                                 {"s", microseconds_per_second},
                                                 {"m", 60 * microseconds_per_second},
                                                 {"min", 60 * microseconds_per_second},
                                                 {"h", 3600 * microseconds_per_second},
                                                 {"d", microseconds_per_day},
                                                 {"w", 7 * microseconds_per_day},
                                                 {"days", microseconds_per_day}}};
  const auto digits_end = text.find_first_not_of("0123456789.");
  if (digits_end == 0 || digits_end == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(0, digits_end);
  std::string_view name = text.substr(digits_end);
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    double value = 0;
    const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), value, std::chars_format::fixed);
    if (status != std::errc() || end != number.data() + number.size()) return std::nullopt;
    value *= static_cast<double>(unit.microseconds);
    if (!(value < 9.0e18)) return std::nullopt;
    return static_cast<std::int64_t>(std::llround(value));
  }
  return std::nullopt;
}

std::string format_duration(double seconds) {
  if (seconds < 0.9995e-3) return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86400, whole / 3600 % 24);
}

}  // namespace fullbase::base
