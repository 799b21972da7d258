#include "base/time_zone_rule.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "base/time.hpp"

namespace fullbase::base {
namespace {

constexpr std::int64_t day_seconds = 86'400;

/// "M3.5.0/1": the week'th day `weekday` (0 is Sunday, week 5 the last) of a month; "J60", 1 to 365, never 29 February; "59", 0
/// to 365. Then the time of that day, in seconds, -167 to 167 hours.
struct YearlyTime {
  char kind = 'M';
  int month = 1;
  int week = 1;
  int day = 0;
  std::int64_t seconds = 2 * 3600;

  /// Local seconds since 1970-01-01.
  std::int64_t in(std::int64_t year) const noexcept { return day_in(year) * day_seconds + seconds; }

 private:
  std::int64_t day_in(std::int64_t year) const noexcept {
    const std::int64_t new_year = days_from_civil(year, 1, 1);
    if (kind == '0') return new_year + day;
    if (kind == 'J') return new_year + day - 1 + (day >= 60 && is_civil_date(year, 2, 29));
    const std::int64_t first = days_from_civil(year, month, 1);
    const std::int64_t next = month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1);
    const std::int64_t weekday = ((first + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
    std::int64_t result = first + (day - weekday + 7) % 7 + 7 * (week - 1);
    while (result >= next) result -= 7;
    return result;
  }
};

struct Rule {
  std::int64_t standard_offset = 0;
  bool has_summer = false;
  std::int64_t summer_offset = 0;
  YearlyTime summer_begin;
  YearlyTime summer_end;
};

class RuleParser {
 public:
  RuleParser(std::string_view text, const std::string& where) : text_(text), rest_(text), where_(where) {}

  Rule parse() {
    Rule rule;
    pass_name();
    rule.standard_offset = -time();  // POSIX counts west of Greenwich
    if (rest_.empty()) return rule;
    pass_name();
    rule.has_summer = true;
    rule.summer_offset = rest_.empty() || rest_[0] == ',' ? rule.standard_offset + 3600 : -time();
    rule.summer_begin = yearly_time();
    rule.summer_end = yearly_time();
    require(rest_.empty());
    return rule;
  }

 private:
  void require(bool holds) const {
    if (!holds)
      throw io_error("ends with '" + std::string(text_) + "', which is no rule of a time zone", where_,
                     "install the package tzdata again");
  }
  bool pass(char wanted) noexcept {
    if (rest_.empty() || rest_[0] != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void pass_name() {
    const bool quoted = pass('<');
    const auto is_letter = [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
    };
    std::size_t size = 0;
    while (size < rest_.size() && is_letter(rest_[size])) ++size;
    require(size >= 3);
    rest_.remove_prefix(size);
    require(!quoted || pass('>'));
  }
  int number(int most) {
    int value = 0;
    std::size_t size = 0;
    while (size < rest_.size() && size < 3 && rest_[size] >= '0' && rest_[size] <= '9')
      value = value * 10 + (rest_[size++] - '0');
    require(size > 0 && value <= most);
    rest_.remove_prefix(size);
    return value;
  }
  /// "[+-]hh[:mm[:ss]]" in seconds.
  std::int64_t time() {
    const bool negative = pass('-');
    if (!negative) pass('+');
    std::int64_t seconds = std::int64_t{number(167)} * 3600;
    if (pass(':')) seconds += number(59) * 60;
    if (pass(':')) seconds += number(59);
    return negative ? -seconds : seconds;
  }
  YearlyTime yearly_time() {
    YearlyTime result;
    require(pass(','));
    if (pass('M')) {
      result.month = number(12);
      require(pass('.'));
      result.week = number(5);
      require(pass('.'));
      result.day = number(6);
      require(result.month >= 1 && result.week >= 1);
    } else {
      result.kind = pass('J') ? 'J' : '0';
      result.day = number(365);
      require(result.kind == '0' || result.day >= 1);
    }
    if (pass('/')) result.seconds = time();
    return result;
  }

  std::string_view text_;
  std::string_view rest_;
  const std::string& where_;
};

}  // namespace

std::vector<OffsetChange> rule_changes(std::string_view text, std::int64_t after, std::int64_t end_year,
                                       const std::string& where) {
  const Rule rule = RuleParser(text, where).parse();
  if (!rule.has_summer) return {{after + 1, rule.standard_offset}};
  std::vector<OffsetChange> changes;
  const std::int64_t first_year = civil_from_days(day_of_timestamp(after * microseconds_per_second)).year - 1;
  for (std::int64_t year = first_year; year < end_year; ++year) {
    changes.push_back({rule.summer_begin.in(year)-rule.standard_offset, rule.summer_offset});
    changes.push_back({rule.summer_end.in(year)-rule.summer_offset, rule.standard_offset});
  }
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  std::erase_if(changes, [&](const OffsetChange& change) { return change.time <= after; });
  return changes;
}

std::string read_zone_rule(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.good() && !file.eof()) throw system_error("read the time-zone file", errno, path, "install the package tzdata");
  // RFC 8536: from version 2 on the file ends with a line feed, the rule and a line feed.
  if (!bytes.starts_with("TZif") || bytes.size() < 6)
    throw io_error("is no time-zone file", path, "install the package tzdata again");
  if (bytes[4] == '\0' || bytes.back() != '\n') return {};
  const auto begin = bytes.rfind('\n', bytes.size() - 2) + 1;
  return bytes.substr(begin, bytes.size() - 1 - begin);
}

}  // namespace fullbase::base
