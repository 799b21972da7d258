#include <gmock/gmock.h>

#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "base/time_zone_rule.hpp"

namespace fullbase::base {
namespace {

constexpr std::int64_t second = microseconds_per_second;

std::int64_t utc(int year, int month, int day, int hour = 0, int minute = 0, int seconds = 0) {
  return (days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + seconds) * second;
}

/// The oracle: the C library's timegm and gmtime_r.
TEST(Calendar, AgreesWithTheCLibrary) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100000; ++i) {
    const auto days = static_cast<std::int64_t>(random() % 3000000) - 1500000;
    const std::time_t time = days * 86400;
    std::tm parts{};
    ASSERT_NE(gmtime_r(&time, &parts), nullptr);
    const CivilDate date = civil_from_days(days);
    ASSERT_EQ(date, (CivilDate{parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday}));
    ASSERT_EQ(days_from_civil(date.year, date.month, date.day), days);
    ASSERT_TRUE(is_civil_date(date.year, date.month, date.day));
  }
  EXPECT_TRUE(is_civil_date(2000, 2, 29));
  EXPECT_FALSE(is_civil_date(1900, 2, 29));
  EXPECT_FALSE(is_civil_date(2011, 4, 31));
  EXPECT_FALSE(is_civil_date(2011, 13, 1));
  EXPECT_EQ(day_of_timestamp(-1), -1);
  EXPECT_EQ(day_of_timestamp(0), 0);
  EXPECT_EQ(day_of_timestamp(microseconds_per_day - 1), 0);
}

TEST(TimeZone, ConvertsLondon) {
  const TimeZone london("Europe/London");
  EXPECT_EQ(london.to_utc(utc(2011, 1, 10, 8)), utc(2011, 1, 10, 8));
  EXPECT_EQ(london.to_utc(utc(2011, 7, 10, 8)), utc(2011, 7, 10, 7));
  EXPECT_EQ(london.to_local(utc(2011, 7, 10, 7)), utc(2011, 7, 10, 8));
  // Clocks went from 01:00 to 02:00 on 27 March 2011, and from 02:00 back to 01:00 on 30 October.
  EXPECT_EQ(london.to_utc(utc(2011, 3, 27, 0, 59, 59)), utc(2011, 3, 27, 0, 59, 59));
  EXPECT_EQ(london.to_utc(utc(2011, 3, 27, 1)), std::nullopt);
  EXPECT_EQ(london.to_utc(utc(2011, 3, 27, 1, 59, 59)), std::nullopt);
  EXPECT_EQ(london.to_utc(utc(2011, 3, 27, 2)), utc(2011, 3, 27, 1));
  EXPECT_EQ(london.to_utc(utc(2011, 10, 30, 1)), utc(2011, 10, 30, 0));  // twice: the first
  EXPECT_EQ(london.to_utc(utc(2011, 10, 30, 1, 59, 59)), utc(2011, 10, 30, 0, 59, 59));
  EXPECT_EQ(london.to_utc(utc(2011, 10, 30, 2)), utc(2011, 10, 30, 2));
  EXPECT_EQ(TimeZone("UTC").to_utc(5), 5);
  EXPECT_TRUE(TimeZone("UTC").is_utc());
  EXPECT_EQ(london.name(), "Europe/London");
}

/// The oracle: the C library's localtime_r with TZ set, on times that jump about so that the remembered interval is often wrong.
TEST(TimeZone, AgreesWithTheCLibrary) {
  for (const char* name : {"America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Europe/Dublin"}) {
    setenv("TZ", name, 1);
    tzset();
    const TimeZone zone(name);
    std::mt19937_64 random(4);
    for (int i = 0; i < 20000; ++i) {
      const std::time_t time = static_cast<std::time_t>(random() % 2100000000);  // until 2036
      std::tm parts{};
      ASSERT_NE(localtime_r(&time, &parts), nullptr);
      const std::int64_t local =
          utc(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
      ASSERT_EQ(zone.to_local(time * second), local) << name << ' ' << time;
      // The first time with this local time: this one, or an earlier one that reads the same.
      const auto back = zone.to_utc(local);
      ASSERT_TRUE(back);
      ASSERT_LE(*back, time * second);
      ASSERT_EQ(zone.to_local(*back), local);
    }
  }
  unsetenv("TZ");
  tzset();
}

/// The C library goes by the rule at the end of the zone's file, too.
TEST(TimeZone, AgreesWithTheCLibraryBehindTheLastListedChange) {
  for (const char* name : {"Europe/London", "America/New_York", "Australia/Sydney", "Europe/Dublin", "America/Nuuk",
                           "Asia/Jerusalem", "Africa/Cairo", "Pacific/Chatham", "America/Santiago", "Asia/Tokyo"}) {
    setenv("TZ", name, 1);
    tzset();
    const TimeZone zone(name);
    std::mt19937_64 random(5);
    for (int i = 0; i < 20000; ++i) {
      const std::time_t time = 2'000'000'000 + static_cast<std::time_t>(random() % 20'000'000'000);  // 2033 to 2667
      std::tm parts{};
      ASSERT_NE(localtime_r(&time, &parts), nullptr);
      const std::int64_t local =
          utc(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
      ASSERT_EQ(zone.to_local(time * second), local) << name << ' ' << time;
    }
  }
  unsetenv("TZ");
  tzset();
  const TimeZone london("Europe/London");
  EXPECT_EQ(london.to_utc(utc(2040, 7, 1, 12)), utc(2040, 7, 1, 11));
  EXPECT_EQ(london.to_utc(utc(9999, 7, 1, 12)), utc(9999, 7, 1, 11));
  EXPECT_EQ(london.to_utc(utc(9999, 12, 1, 12)), utc(9999, 12, 1, 12));
  EXPECT_THAT(time_zone_database_version(), testing::MatchesRegex("20[0-9][0-9][a-z]+"));
}

/// Rules that no zone has today, by hand.
TEST(TimeZoneRule, ReadsWhatPosixAllows) {
  const auto changes = [](const char* rule) { return rule_changes(rule, utc(2022, 12, 31) / second, 2024, "here"); };
  const auto at = [](const OffsetChange& change) { return change.time * second; };
  EXPECT_THAT(changes("AAA0BBB,J60/0,300/26:30:15"), testing::SizeIs(2));
  EXPECT_EQ(at(changes("AAA0BBB,J60/0,300")[0]), utc(2023, 3, 1));
  EXPECT_EQ(at(changes("AAA0BBB,59/0,300")[0]), utc(2023, 3, 1));
  EXPECT_EQ(at(changes("AAA0BBB,59/0,300")[1]), utc(2023, 10, 28, 1));  // 02:00 of a summer that is an hour ahead
  EXPECT_EQ(at(changes("<-03>3<-02>,M3.5.0/-1,M10.5.6/-1")[0]), utc(2023, 3, 26, 2));
  EXPECT_EQ(changes("<-03>3<-02>,M3.5.0/-1,M10.5.6/-1")[0].offset, -7200);
  for (const char* rule : {"", "A0", "AAA", "AAA0BBB", "AAA0BBB,M3.5.0", "AAA0BBB,M13.1.0,M3.1.0", "AAA0BBB,M3.5.0,M10.5.0x"})
    EXPECT_THROW(changes(rule), Error) << rule;
}

TEST(TimeZone, SuggestsAName) {
  try {
    TimeZone zone("Europe/Londn");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::job_file);
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'Europe/London'?"));
  }
}

TEST(TimeFormat, ReadsIso) {
  const TimeFormat iso;
  const TimeZone zone;
  const auto value = [&](const char* text) { return iso.parse(text, zone).value; };
  EXPECT_EQ(value("2011-12-10"), utc(2011, 12, 10));
  EXPECT_EQ(value("2010-12-01 08:26:00"), utc(2010, 12, 1, 8, 26));
  EXPECT_EQ(value("2010-12-01T08:26"), utc(2010, 12, 1, 8, 26));
  EXPECT_EQ(value("2010-12-01T08:26:07Z"), utc(2010, 12, 1, 8, 26, 7));
  EXPECT_EQ(value("2010-12-01T08:26:07.25+01:00"), utc(2010, 12, 1, 7, 26, 7) + 250000);
  EXPECT_EQ(value("2010-12-01T08:26:07.123456789-0530"), utc(2010, 12, 1, 13, 56, 7) + 123456);
  EXPECT_EQ(value("1969-12-31T23:59:59.999999"), -1);
  EXPECT_EQ(value("2010-12-01T08:26+02"), utc(2010, 12, 1, 6, 26));
  for (const char* text :
       {"", "2011", "2011-1-2", "2011-12-10 ", "2011-12-10T", "2011-12-10T08", "10.12.2011",
        "2011-12-10T08:26:", "2011-12-10T08:26:00.", "2011-12-10T08:26:00+1", "2011-12-10T08:26:00Zx", "2011-12-10  08:26"}) {
    EXPECT_EQ(iso.parse(text, zone).status, TimeStatus::no_match) << text;
  }
  for (const char* text :
       {"2011-13-10", "2011-02-29", "2011-00-10", "2011-12-10 24:00:00", "2011-12-10 23:60", "2011-12-10 23:59:60"}) {
    EXPECT_EQ(iso.parse(text, zone).status, TimeStatus::out_of_range) << text;
  }
}

TEST(TimeFormat, TakesTextWithoutOffsetAsLocal) {
  const TimeFormat iso;
  const TimeZone london("Europe/London");
  EXPECT_EQ(iso.parse("2011-07-10 08:00", london).value, utc(2011, 7, 10, 7));
  EXPECT_EQ(iso.parse("2011-07-10 08:00Z", london).value, utc(2011, 7, 10, 8));
  EXPECT_EQ(iso.parse("2011-03-27 01:30", london).status, TimeStatus::nonexistent);
}

TEST(TimeFormat, ReadsPatterns) {
  const TimeZone zone;
  const auto value = [&](const char* pattern, const char* text) {
    const auto parsed = TimeFormat(pattern).parse(text, zone);
    EXPECT_TRUE(parsed) << pattern << " of " << text << ' ' << describe(parsed.status);
    return parsed.value;
  };
  EXPECT_EQ(value("%m/%d/%y %H:%M", "12/1/10 8:26"), utc(2010, 12, 1, 8, 26));
  EXPECT_EQ(value("%m/%d/%Y %H:%M", "1/12/2010 08:05"), utc(2010, 1, 12, 8, 5));
  EXPECT_EQ(value("%Y%m%d", "19970101"), utc(1997, 1, 1));
  EXPECT_EQ(value("%d.%m.%Y %T", "10.12.2011 23:59:58"), utc(2011, 12, 10, 23, 59, 58));
  EXPECT_EQ(value("%F %T.%f %z", "2011-12-10 01:02:03.5 +0100"), utc(2011, 12, 10, 0, 2, 3) + 500000);
  EXPECT_EQ(value("%d %b %y", "1 September 69"), utc(1969, 9, 1));
  EXPECT_EQ(value("%d %b %y", "01 may 68"), utc(2068, 5, 1));
  EXPECT_EQ(value("%b %e, %Y", "Dec  1, 2010"), utc(2010, 12, 1));
  EXPECT_EQ(value("%Y-%j", "2012-366"), utc(2012, 12, 31));
  EXPECT_EQ(value("%D %I:%M %p", "12/01/10 12:15 AM"), utc(2010, 12, 1, 0, 15));
  EXPECT_EQ(value("%D %I:%M %p", "12/01/10 12:15 pm"), utc(2010, 12, 1, 12, 15));
  EXPECT_EQ(value("%Y-%m-%d%%%R", "2011-01-02%03:04"), utc(2011, 1, 2, 3, 4));

  EXPECT_EQ(TimeFormat("%m/%d/%y").parse("12/1/10 8:26", zone).status, TimeStatus::no_match);
  EXPECT_EQ(TimeFormat("%m/%d/%y").parse("31/12/10", zone).status, TimeStatus::out_of_range);
  EXPECT_EQ(TimeFormat("%Y-%j").parse("2011-366", zone).status, TimeStatus::out_of_range);
  EXPECT_EQ(TimeFormat("%D %I:%M %p").parse("12/01/10 13:15 PM", zone).status, TimeStatus::out_of_range);
}

TEST(TimeFormat, RefusesPatternsThatCannotWork) {
  for (const char* pattern : {"%Q", "%Y-%m", "%H:%M", "%Y-%m-%d %I:%M", "%", "%m/%d"})
    EXPECT_THROW(TimeFormat{pattern}, Error) << pattern;
}

TEST(TimeFormat, DatesAreAsWritten) {
  EXPECT_EQ(TimeFormat().parse_date("2011-12-10").value, days_from_civil(2011, 12, 10));
  EXPECT_EQ(TimeFormat().parse_date("2011-12-10T23:30:00-05:00").value, days_from_civil(2011, 12, 10));
  EXPECT_EQ(TimeFormat("%m/%d/%y %H:%M").parse_date("12/1/10 8:26").value, days_from_civil(2010, 12, 1));
  EXPECT_FALSE(TimeFormat().parse_date("2011-12-32"));
}

TEST(FormatTimestamp, IsReadBackAsItself) {
  EXPECT_EQ(format_timestamp(utc(2011, 12, 10, 8, 26)), "2011-12-10T08:26:00Z");
  EXPECT_EQ(format_timestamp(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_date(0), "1970-01-01");
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    const auto time = static_cast<std::int64_t>(random() % 200000000000000000) - 50000000000000000;
    ASSERT_EQ(TimeFormat().parse(format_timestamp(time), TimeZone()).value, time);
  }
}

TEST(Duration, ReadsAndWrites) {
  EXPECT_EQ(parse_duration("90d"), 90 * microseconds_per_day);
  EXPECT_EQ(parse_duration("12h"), 12 * 3600 * second);
  EXPECT_EQ(parse_duration("30m"), 1800 * second);
  EXPECT_EQ(parse_duration("30 min"), 1800 * second);
  EXPECT_EQ(parse_duration("1.5h"), 5400 * second);
  EXPECT_EQ(parse_duration("250ms"), 250000);
  EXPECT_EQ(parse_duration("2w"), 14 * microseconds_per_day);
  for (const char* text : {"", "d", "90", "-1d", "1.2.3d", "9y", "1e3d", "999999999999d"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  EXPECT_EQ(format_duration(0.014), "14 ms");
  EXPECT_EQ(format_duration(3.21), "3.2 s");
  EXPECT_EQ(format_duration(59.97), "1 min 00 s");
  EXPECT_EQ(format_duration(3725), "1 h 02 min");
  EXPECT_EQ(format_duration(200000), "2 d 7 h");
}

}  // namespace
}  // namespace fullbase::base
