// Timestamps (int64 microseconds since 1970-01-01 UTC) and dates (days since then): calendar arithmetic, time zones, formats.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::base {

inline constexpr std::int64_t microseconds_per_second = 1'000'000;
inline constexpr std::int64_t microseconds_per_day = 86'400 * microseconds_per_second;

struct CivilDate {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
  friend bool operator==(const CivilDate&, const CivilDate&) = default;
};

/// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
constexpr std::int64_t days_from_civil(std::int64_t year, int month, int day) noexcept {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}
CivilDate civil_from_days(std::int64_t days) noexcept;
bool is_civil_date(std::int64_t year, int month, int day) noexcept;

/// The day that a timestamp lies in (rounds down, also before 1970).
constexpr std::int64_t day_of_timestamp(std::int64_t timestamp) noexcept {
  return timestamp / microseconds_per_day - (timestamp % microseconds_per_day < 0);
}

/// A place's rule for local time, by its IANA name ("Europe/London"), from the system's time-zone database: the changes that it
/// lists, then by the rule that it gives for all later years, to the year 9999. Copies share one table of up to 800 kB; safe from
/// several threads. A conversion costs some nanoseconds where times come in roughly ascending order.
class TimeZone {
 public:
  /// UTC.
  TimeZone();
  /// Throws a job-file error for a name that the database does not know, an io error if there is no database.
  explicit TimeZone(std::string_view name);

  const std::string& name() const noexcept;
  bool is_utc() const noexcept;

  /// Local microseconds (as if they were UTC) to UTC. A local time that occurs twice (clocks set back) is taken as the first;
  /// one that does not occur (clocks set forward) gives nothing.
  std::optional<std::int64_t> to_utc(std::int64_t local) const noexcept;
  std::int64_t to_local(std::int64_t utc) const noexcept;

 private:
  struct Table;
  std::shared_ptr<const Table> table_;  ///< null: UTC
};

/// "2024a": the release of the system's time-zone database, on which local times depend; "" if it does not say.
std::string time_zone_database_version();

enum class TimeStatus : std::uint8_t {
  ok,
  no_match,      ///< the text does not have the format
  out_of_range,  ///< a field is: month 13, 30 February, hour 25
  nonexistent,   ///< a local time that the zone's clocks skipped
};
/// "does not match the time format", ...: follows the text in a message.
std::string_view describe(TimeStatus status) noexcept;

struct ParsedTime {
  std::int64_t value = 0;  ///< timestamp, or days for a date
  TimeStatus status = TimeStatus::no_match;
  explicit operator bool() const noexcept { return status == TimeStatus::ok; }
};

/// A compiled time format. Without a pattern: ISO 8601, "2011-12-10", "2011-12-10 08:26", "2011-12-10T08:26:00.123456+01:00",
/// with 'T' or one blank, seconds, fraction (1 to 9 digits, cut to microseconds) and offset ("Z", "+01", "+0100", "+01:00") each
/// optional; no time means midnight. With a pattern, strptime's letters:
///   %Y year (4 digits), %y two-digit year (69..99 are 19xx, 00..68 20xx), %m %d %e %H %M %S %I numbers of one or two digits,
///   %f fraction (1 to 9 digits), %j day of the year, %b month's English name, short or full, %p AM or PM, %z offset as above,
///   %T = %H:%M:%S, %F = %Y-%m-%d, %R = %H:%M, %D = %m/%d/%y, %% a percent sign; a blank matches any run of blanks; all else
///   stands for itself. "12/1/10 8:26" is "%m/%d/%y %H:%M". All of the text must match.
class TimeFormat {
 public:
  TimeFormat() = default;
  /// Throws a job-file error for an unknown letter, or a pattern that does not fix the day.
  explicit TimeFormat(std::string_view pattern);

  const std::string& pattern() const noexcept { return pattern_; }

  /// A timestamp. Text without an offset is local time of `zone`. 24:00:00 and leap seconds (:60) are out of range.
  ParsedTime parse(std::string_view text, const TimeZone& zone) const noexcept;
  /// A date in days: the date as written, whatever time or offset follows it.
  ParsedTime parse_date(std::string_view text) const noexcept;

 private:
  struct Item {
    char letter;   ///< conversion; 0: literal
    char literal;  ///< ' ' matches any run of blanks
  };
  std::string pattern_;
  std::vector<Item> items_;
};

/// "2011-12-10".
std::string format_date(std::int64_t days);
/// "2011-12-10T08:26:00Z", with 6 more digits where the microseconds are not 0.
std::string format_timestamp(std::int64_t timestamp);

/// "90d", "12h", "30m", "1.5h", "45s", "250ms", "10us", "2w" as microseconds; nothing if it is no duration or too long.
std::optional<std::int64_t> parse_duration(std::string_view text) noexcept;
/// "1 h 02 min", "3.2 s", "14 ms": for messages and progress.
std::string format_duration(double seconds);

}  // namespace fullbase::base
