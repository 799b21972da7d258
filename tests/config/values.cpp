// Every form of a value: what it takes, what it refuses and why, and that it shows what it reads.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "config/example.hpp"

namespace fullbase::config::example {
namespace {

using ::testing::HasSubstr;

/// The value of "v: <text>", or the message.
template <class T>
struct Reading {
  std::optional<T> value;
  std::string message;
};
template <class T>
Reading<T> read(const Form<T>& form, const std::string& text) {
  Reading<T> reading;
  reading.message = mistakes("v: " + text, [&](const Node& node, Diagnostics& diagnostics) {
    reading.value = form.parse(*node.find("v"), diagnostics);
    EXPECT_EQ(reading.value.has_value(), !diagnostics.any());
    if (!reading.value) return;
    Diagnostics again;  // what a form shows, it reads as the same value
    const auto repeated = form.parse(form.show(*reading.value), again);
    EXPECT_FALSE(again.any());
    if constexpr (std::is_same_v<T, double>) {
      EXPECT_TRUE(repeated == reading.value || std::isnan(*repeated));
    } else {
      EXPECT_EQ(repeated, reading.value);
    }
  });
  return reading;
}

TEST(Integer, IsReadAlikeByEveryVersionOfYaml) {
  const auto form = integer();
  for (const auto& [text, value] : std::vector<std::pair<std::string, std::int64_t>>{{"0", 0},
                                                                                     {"-0", 0},
                                                                                     {"+12", 12},
                                                                                     {"-7", -7},
                                                                                     {"1e3", 1000},
                                                                                     {"1.5e1", 15},
                                                                                     {"2.0", 2},
                                                                                     {"120e-1", 12},
                                                                                     {"0e999999999999999999999", 0},
                                                                                     {"9223372036854775807", INT64_MAX},
                                                                                     {"-9223372036854775808", INT64_MIN},
                                                                                     {"9.223372036854775807e18", INT64_MAX}}) {
    EXPECT_EQ(read(form, text).value, value) << text;
  }
  for (const char* text : {"010",
                           "-01",
                           "0x10",
                           "0o7",
                           "1_000",
                           "1,000",
                           "1.5",
                           "1e-1",
                           "1e",
                           "e3",
                           "1e400",
                           "1e99999999999999999999",
                           ".",
                           "--1",
                           "12:30",
                           ".inf",
                           ".nan",
                           "yes",
                           "",
                           "'8'",
                           "[1]",
                           "{a: 1}",
                           "9223372036854775808",
                           "1e19",
                           "!!int 3"}) {
    EXPECT_NE(read(form, text).message, "") << text;
  }
  EXPECT_THAT(read(form, "'8'").message, HasSubstr("write it without quotes"));
  EXPECT_THAT(read(form, "9223372036854775808").message, HasSubstr("is beyond 64 bits"));
}

TEST(Integer, IntHasItsOwnRange) {
  EXPECT_EQ(read(form<int>(), "2147483647").value, 2147483647);
  EXPECT_THAT(read(form<int>(), "2147483648").message,
              HasSubstr("2147483648 is out of range; allowed: -2147483648 to 2147483647"));
}

TEST(Number, IsFiniteUnlessAllowed) {
  EXPECT_EQ(read(number(), "1e-4").value, 1e-4);
  EXPECT_EQ(read(number(), ".5").value, 0.5);
  EXPECT_EQ(read(number(), "+5.").value, 5.0);
  EXPECT_EQ(read(number(), "0.1").value, 0.1);
  EXPECT_FALSE(std::signbit(*read(number(), "-0.0").value));
  for (const char* text :
       {".nan", ".inf", "-.inf", "nan", "inf", "1e999", "010", "0x1p3", "1,5", "''", "'1'", "one", "[]", "~"}) {
    EXPECT_NE(read(number(), text).message, "") << text;
  }
  EXPECT_THAT(read(number(), ".nan").message, HasSubstr("'.nan' is not allowed; give a finite number"));
  EXPECT_TRUE(std::isnan(*read(number(nan_allowed()), ".nan").value));
  EXPECT_EQ(read(number(infinity_allowed()), "-.inf").value, -std::numeric_limits<double>::infinity());
}

TEST(WordOrNumber, IsWhatItsFirstCharacterSays) {
  const auto form = word_or_number("all, or a number", {"all", "extreme"}, more_than(0.0));
  EXPECT_EQ(read(form, "all").value, WordOrNumber("all"));
  EXPECT_EQ(read(form, "extreme").value, WordOrNumber("extreme"));
  EXPECT_EQ(read(form, "1e-4").value, WordOrNumber(1e-4));
  EXPECT_EQ(read(form, ".5").value, WordOrNumber(0.5));
  EXPECT_THAT(read(form, "extrem").message, HasSubstr("extreme"));
  EXPECT_THAT(read(form, "0").message, HasSubstr("more than 0"));
  for (const char* text : {"-1", "1x", "''", "~", "[all]", "{all: 1}", ".nan"}) EXPECT_NE(read(form, text).message, "") << text;
}

TEST(Boolean, IsTrueOrFalseAndNoOtherWord) {
  EXPECT_EQ(read(boolean(), "true").value, true);
  EXPECT_EQ(read(boolean(), "False").value, false);
  EXPECT_THAT(read(boolean(), "no").message, HasSubstr("true or false is expected, found 'no'; write false"));
  EXPECT_THAT(read(boolean(), "on").message, HasSubstr("write true"));
  for (const char* text : {"1", "0", "'true'", "", "[true]"}) EXPECT_NE(read(boolean(), text).message, "") << text;
}

TEST(Text, TakesWordsThatOtherReadersTurnIntoSomethingElse) {
  for (const char* text : {"no", "2011-12-10", "010", "1e3", "true", "a b"})
    EXPECT_EQ(read(text_of("t", [](auto) { return std::string(); }), text).value, text);
  EXPECT_EQ(read(text(), "''").value, "");
  EXPECT_EQ(read(text(), "'null'").value, "null");
  EXPECT_EQ(read(text(), "\"a\\tb\"").value, "a\tb");
  EXPECT_THAT(read(text(), "null").message, HasSubstr("is empty, a text is expected"));
  EXPECT_NE(read(text(), "[a]").message, "");
  EXPECT_THAT(read(text(non_empty()), "''").message, HasSubstr("may not be empty"));
  EXPECT_THAT(read(text(one_of({"mean", "median"})), "meen").message,
              HasSubstr("'meen' is not one of mean, median; did you mean 'mean'?"));
}

TEST(Measures, HaveUnits) {
  EXPECT_EQ(read(bytes(), "1.5KiB").value, 1536);
  EXPECT_EQ(read(bytes(), "1048576").value, 1 << 20);
  EXPECT_EQ(read(bytes(), "\"500 MB\"").value, 500'000'000);
  EXPECT_EQ(read(bytes(), "0").value, 0);
  EXPECT_THAT(read(bytes(at_least(16 << 20)), "1MiB").message, HasSubstr("1MiB is out of range; allowed: at least 16MiB"));
  EXPECT_NE(read(bytes(), "-1").message, "");
  EXPECT_EQ(read(duration(), "90d").value, 7'776'000'000'000);
  EXPECT_EQ(read(duration(), "1500us").value, 1500);
  EXPECT_EQ(read(duration(), "0s").value, 0);
  EXPECT_THAT(read(duration(at_most(86'400'000'000)), "2d").message, HasSubstr("allowed: at most 1d"));
  EXPECT_NE(read(duration(), "90").message, "");
  EXPECT_EQ(read(time_text(), "2011-12-10T08:26:00+01:00").value, "2011-12-10T08:26:00+01:00");
  EXPECT_NE(read(time_text(), "yesterday").message, "");
}

TEST(Ranges, HoldAtTheirEnds) {
  const auto accepts = [](const Rules& rules, const char* text) { return read(number(rules), text).message.empty(); };
  EXPECT_TRUE(accepts(at_least(1), "1"));
  EXPECT_FALSE(accepts(at_least(1), "0.999"));
  EXPECT_TRUE(accepts(at_most(1), "1"));
  EXPECT_FALSE(accepts(at_most(1), "1.001"));
  EXPECT_FALSE(accepts(more_than(0), "0"));
  EXPECT_TRUE(accepts(more_than(0), "1e-300"));
  EXPECT_FALSE(accepts(less_than(1), "1"));
  EXPECT_TRUE(accepts(between(0, 1.0), "0"));
  EXPECT_TRUE(accepts(between(0, 1.0), "1"));
  EXPECT_FALSE(accepts(between(0, 1.0), "-1e-9"));
  EXPECT_TRUE(accepts(one_of({Number{1}, Number{2}}), "2"));
  EXPECT_FALSE(accepts(one_of({Number{1}, Number{2}}), "3"));
  EXPECT_THAT(read(integer(between(INT64_MAX - 1, INT64_MAX)), "9223372036854775805").message, HasSubstr("is out of range"));
  EXPECT_EQ(read(integer(at_least(INT64_MAX)), "9223372036854775807").message, "");
  EXPECT_EQ(describe(between(0, 1.5)), "0 to 1.5");
  Rules both = more_than(0);
  both &= less_than(1e-4);
  EXPECT_EQ(describe(both), "more than 0, less than 0.0001");
}

TEST(Lists, OneItemStandsForAListOfOne) {
  EXPECT_EQ(read(form<std::vector<int>>(), "3").value, std::vector<int>{3});
  EXPECT_EQ(read(form<std::vector<int>>(), "[3, 4]").value, (std::vector<int>{3, 4}));
  EXPECT_EQ(read(form<std::vector<int>>(), "[]").value, std::vector<int>{});
  EXPECT_EQ(read(form<std::vector<std::vector<int>>>(), "[[1], 2]").value, (std::vector<std::vector<int>>{{1}, {2}}));
  EXPECT_NE(read(form<std::vector<std::vector<int>>>(), "1").message, "");
  EXPECT_THAT(read(form<std::vector<int>>(non_empty()), "[]").message, HasSubstr("the list may not be empty"));
  EXPECT_THAT(read(form<std::vector<int>>(distinct()), "[1, 2, 1.0]").message, HasSubstr("job.yaml:1:11: [2]: 1 occurs twice"));
  EXPECT_THAT(read(form<std::vector<int>>(at_least(1)), "[1, 0]").message, HasSubstr("[1]: 0 is out of range"));
}

TEST(Lists, PairsHaveTwoItems) {
  using Pair = std::pair<std::string, double>;
  using Mapping = std::vector<std::pair<std::string, Pair>>;
  EXPECT_EQ(read(form<Pair>(), "[a, 1]").value, (Pair{"a", 1}));
  EXPECT_THAT(read(form<Pair>(), "[a]").message, HasSubstr("a list of 2 items is expected, found a list; this one has 1"));
  EXPECT_NE(read(form<Pair>(), "a").message, "");
  EXPECT_EQ(read(form<Mapping>(), "{a: [b, 2]}").value, (Mapping{{"a", {"b", 2}}}));
}

TEST(Mappings, KeepTheOrderOfTheFile) {
  using Mapping = std::vector<std::pair<std::string, std::int64_t>>;
  EXPECT_EQ(read(form<Mapping>(), "{z: 1, a: 2}").value, (Mapping{{"z", 1}, {"a", 2}}));
  EXPECT_THAT(read(form<Mapping>(identifier_keys()), "{9a: 1}").message, HasSubstr("the name '9a' is not allowed"));
  EXPECT_THAT(read(form<Mapping>(non_empty()), "{}").message, HasSubstr("the mapping may not be empty"));
  EXPECT_NE(read(form<Mapping>(), "[1]").message, "");
}

TEST(Tagged, IsANameOrOneNameWithItsArgument) {
  EXPECT_EQ(read(transform(), "log1p").value, Transform(Log1p{}));
  EXPECT_EQ(read(transform(), "{clip: [1, 2]}").value, Transform(Clip{{1, 2}}));
  EXPECT_EQ(read(transform(), "{impute: {constant: 3}}").value, Transform(Impute{3.0}));
  EXPECT_EQ(read(transform(), "impute").value, Transform(Impute{}));
  EXPECT_THAT(read(transform(), "{clip: [1, 2], log1p: 1}").message, HasSubstr("this mapping has 2 keys"));
  EXPECT_THAT(read(transform(), "{clop: [1, 2]}").message, HasSubstr("did you mean 'clip'?"));
  EXPECT_THAT(read(transform(), "").message, HasSubstr("is empty, a transform"));
}

TEST(Converted, ReportsAtTheValue) {
  const auto even = converted<int, std::int64_t>(
      integer(),
      [](std::int64_t value, const Position& position, Diagnostics& diagnostics) -> std::optional<int> {
        if (value % 2 == 0) return static_cast<int>(value / 2);
        diagnostics.error(position, "is odd");
        return std::nullopt;
      },
      [](const int& half) { return static_cast<std::int64_t>(2 * half); });
  EXPECT_EQ(read(even, "8").value, 4);
  EXPECT_EQ(read(even, "7").message, "job.yaml:1:4: is odd");
}

}  // namespace
}  // namespace fullbase::config::example
