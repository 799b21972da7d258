#include <fmt/format.h>

#include <array>

#include "base/error.hpp"
#include "base/time.hpp"

namespace fullbase::base {
namespace {

constexpr bool is_digit(char c) noexcept {
  return '0' <= c && c <= '9';
}

/// Reads a text from its front. Each member says whether what it looks for is there, and moves past it.
struct Reader {
  const char* next;
  const char* end;

  bool at_end() const noexcept { return next == end; }
  bool literal(char c) noexcept {
    if (next == end || *next != c) return false;
    ++next;
    return true;
  }
  void blanks() noexcept {
    while (next != end && *next == ' ') ++next;
  }
  /// Between `least` and `most` digits, as many as there are.
  bool number(int least, int most, int& value) noexcept {
    int digits = 0;
    value = 0;
    for (; digits < most && next != end && is_digit(*next); ++digits) value = value * 10 + (*next++ - '0');
    return digits >= least;
  }
  /// 1 to 9 digits after the point, as microseconds.
  bool fraction(int& microseconds) noexcept {
    int digits = 0;
    microseconds = 0;
    for (; digits < 9 && next != end && is_digit(*next); ++digits, ++next) {
      if (digits < 6) microseconds = microseconds * 10 + (*next - '0');
    }
    for (int i = digits; i < 6; ++i) microseconds *= 10;
    return digits > 0;
  }
  /// The word, whatever its case.
  bool word(std::string_view text) noexcept {
    if (static_cast<std::size_t>(end - next) < text.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if ((next[i] | 0x20) != (text[i] | 0x20)) return false;
    }
    next += text.size();
    return true;
  }
  bool month_name(int& month) noexcept {
    static constexpr std::array<std::string_view, 12> names = {
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (word(names[i]) || word(names[i].substr(0, 3))) {
        month = static_cast<int>(i) + 1;
        return true;
      }
    }
    return false;
  }
};

/// What a text said, before it is checked and put together.
struct Fields {
  int year = 1970;
  int month = 1;
  int day = 1;
  int day_of_year = 0;  ///< 0: not given
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;
  int afternoon = -1;  ///< -1: a 24-hour clock; 0 AM, 1 PM
  bool has_offset = false;
  int offset_minutes = 0;

  bool read_offset(Reader& reader) noexcept {
    has_offset = true;
    if (reader.literal('Z') || reader.literal('z')) return true;
    const bool west = !reader.at_end() && *reader.next == '-';
    if (!west && (reader.at_end() || *reader.next != '+')) return false;
    ++reader.next;
    int hours = 0;
    int minutes = 0;
    if (!reader.number(2, 2, hours)) return false;
    if (reader.literal(':')) {
      if (!reader.number(2, 2, minutes)) return false;
    } else if (!reader.at_end() && is_digit(*reader.next)) {
      if (!reader.number(2, 2, minutes)) return false;
    }
    offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
    return hours < 24 && minutes < 60;
  }

  TimeStatus days(std::int64_t& result) const noexcept {
    if (day_of_year > 0) {
      result = days_from_civil(year, 1, 1) + day_of_year - 1;
      return civil_from_days(result).year == year ? TimeStatus::ok : TimeStatus::out_of_range;
    }
    if (!is_civil_date(year, month, day)) return TimeStatus::out_of_range;
    result = days_from_civil(year, month, day);
    return TimeStatus::ok;
  }

  ParsedTime timestamp(const TimeZone& zone) const noexcept {
    std::int64_t date = 0;
    if (const TimeStatus status = days(date); status != TimeStatus::ok) return {0, status};
    int clock_hour = hour;
    if (afternoon >= 0) {
      if (hour < 1 || hour > 12) return {0, TimeStatus::out_of_range};
      clock_hour = hour % 12 + 12 * afternoon;
    }
    if (clock_hour > 23 || minute > 59 || second > 59) return {0, TimeStatus::out_of_range};
    const std::int64_t seconds = date * 86400 + clock_hour * 3600 + minute * 60 + second;
    const std::int64_t local = seconds * microseconds_per_second + microsecond;
    if (has_offset) return {local - offset_minutes * 60 * microseconds_per_second, TimeStatus::ok};
    const auto utc = zone.to_utc(local);
    if (!utc) return {0, TimeStatus::nonexistent};
    return {*utc, TimeStatus::ok};
  }
};

bool read_iso_date(Reader& reader, Fields& fields) noexcept {
  return reader.number(4, 4, fields.year) && reader.literal('-') && reader.number(2, 2, fields.month) && reader.literal('-') &&
         reader.number(2, 2, fields.day);
}

bool read_iso(Reader& reader, Fields& fields) noexcept {
  if (!read_iso_date(reader, fields)) return false;
  if (reader.at_end()) return true;
  if (!reader.literal('T') && !reader.literal('t') && !reader.literal(' ')) return false;
  if (!reader.number(2, 2, fields.hour) || !reader.literal(':') || !reader.number(2, 2, fields.minute)) return false;
  if (reader.literal(':')) {
    if (!reader.number(2, 2, fields.second)) return false;
    if (reader.literal('.') && !reader.fraction(fields.microsecond)) return false;
  }
  return reader.at_end() || (fields.read_offset(reader) && reader.at_end());
}

bool read_item(char letter, char literal, Reader& reader, Fields& fields) noexcept {
  switch (letter) {
    case 0:
      if (literal != ' ') return reader.literal(literal);
      if (!reader.literal(' ')) return false;
      reader.blanks();
      return true;
    case 'Y':
      return reader.number(4, 4, fields.year);
    case 'y':
      if (!reader.number(2, 2, fields.year)) return false;
      fields.year += fields.year < 69 ? 2000 : 1900;
      return true;
    case 'm':
      return reader.number(1, 2, fields.month);
    case 'e':
      reader.blanks();
      return reader.number(1, 2, fields.day);
    case 'd':
      return reader.number(1, 2, fields.day);
    case 'H':
    case 'I':
      return reader.number(1, 2, fields.hour);
    case 'M':
      return reader.number(1, 2, fields.minute);
    case 'S':
      return reader.number(1, 2, fields.second);
    case 'f':
      return reader.fraction(fields.microsecond);
    case 'j':
      return reader.number(1, 3, fields.day_of_year) && fields.day_of_year > 0;
    case 'b':
      return reader.month_name(fields.month);
    case 'p':
      fields.afternoon = reader.word("PM") ? 1 : 0;
      return fields.afternoon == 1 || reader.word("AM");
    case 'z':
      return fields.read_offset(reader);
    default:
      return false;
  }
}

/// Shorthands as what they stand for.
std::string expanded(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char letter = pattern[i] == '%' && i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    const std::string_view longer = letter == 'T'   ? "%H:%M:%S"
                                    : letter == 'F' ? "%Y-%m-%d"
                                    : letter == 'R' ? "%H:%M"
                                    : letter == 'D' ? "%m/%d/%y"
                                                    : "";
    if (letter == '\0') {
      text += pattern[i];
    } else {
      text += longer.empty() ? pattern.substr(i, 2) : longer;
      ++i;
    }
  }
  return text;
}

}  // namespace

TimeFormat::TimeFormat(std::string_view pattern) : pattern_(pattern) {
  if (pattern.empty()) return;
  const std::string text = expanded(pattern);
  std::string letters;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (text[i] != ' ' || items_.empty() || items_.back().letter != 0 || items_.back().literal != ' ')
        items_.push_back({0, text[i]});
      continue;
    }
    const char letter = i + 1 < text.size() ? text[++i] : '\0';
    if (letter == '%') {
      items_.push_back({0, '%'});
    } else if (letter != '\0' && std::string_view("YymdeHIMSfjbpz").find(letter) != std::string_view::npos) {
      items_.push_back({letter, 0});
      letters += letter;
    } else {
      throw job_file_error(
          fmt::format("the time format '{}' has the unknown part '%{}'", pattern, letter ? std::string(1, letter) : ""), {},
          "use %Y %y %m %d %e %b %j %H %I %p %M %S %f %z %T %R %F %D or %%");
    }
  }
  const auto has = [&](std::string_view any) { return letters.find_first_of(any) != std::string::npos; };
  if (!has("Yy") || !(has("j") || (has("mb") && has("de")))) {
    throw job_file_error(fmt::format("the time format '{}' does not fix the day", pattern), {},
                         "it needs a year (%Y or %y) and month and day (%m or %b, and %d) or a day of the year (%j)");
  }
  if (has("I") != has("p")) {
    throw job_file_error(fmt::format("the time format '{}' has one of %I and %p", pattern), {}, "use both, or %H");
  }
}

ParsedTime TimeFormat::parse(std::string_view text, const TimeZone& zone) const noexcept {
  Reader reader{text.data(), text.data() + text.size()};
  Fields fields;
  if (items_.empty()) {
    if (!read_iso(reader, fields)) return {};
    return fields.timestamp(zone);
  }
  for (const Item& item : items_) {
    if (!read_item(item.letter, item.literal, reader, fields)) return {};
  }
  if (!reader.at_end()) return {};
  return fields.timestamp(zone);
}

ParsedTime TimeFormat::parse_date(std::string_view text) const noexcept {
  Reader reader{text.data(), text.data() + text.size()};
  Fields fields;
  if (items_.empty()) {
    if (!read_iso(reader, fields)) return {};
  } else {
    for (const Item& item : items_) {
      if (!read_item(item.letter, item.literal, reader, fields)) return {};
    }
    if (!reader.at_end()) return {};
  }
  const ParsedTime time = fields.timestamp(TimeZone());
  if (!time) return time;
  ParsedTime date{0, TimeStatus::ok};
  date.status = fields.days(date.value);
  return date;
}

}  // namespace fullbase::base
