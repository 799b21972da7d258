#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "base/checked.hpp"
#include "base/decimal.hpp"

namespace fullbase::base {
namespace {

TEST(ParseDecimal, TakesWhatIsExactAtTheScale) {
  EXPECT_EQ(parse_decimal("2.55", 2).units, 255);
  EXPECT_EQ(parse_decimal("2.55", 3).units, 2550);
  EXPECT_EQ(parse_decimal("-3.5", 2).units, -350);
  EXPECT_EQ(parse_decimal("+7", 0).units, 7);
  EXPECT_EQ(parse_decimal(".5", 1).units, 5);
  EXPECT_EQ(parse_decimal("5.", 1).units, 50);
  EXPECT_EQ(parse_decimal("0.100000", 1).units, 1);
  EXPECT_EQ(parse_decimal("-0", 2).units, 0);
  EXPECT_EQ(parse_decimal("000000000000000000000000000012.5", 1).units, 125);
}

TEST(ParseDecimal, SaysWhyItRefuses) {
  for (const char* text : {"", "-", "+", ".", "1e3", "1,5", " 1", "1 ", "--1", "1.2.3", "nan", "0x1"}) {
    EXPECT_EQ(parse_decimal(text, 2).status, DecimalStatus::not_a_number) << text;
  }
  EXPECT_EQ(parse_decimal("2.555", 2).status, DecimalStatus::too_many_decimals);
  EXPECT_EQ(parse_decimal("2.5550001", 3).status, DecimalStatus::too_many_decimals);
  EXPECT_EQ(parse_decimal("9223372036854775807", 0).units, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_decimal("-9223372036854775807", 0).units, -std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_decimal("9223372036854775808", 0).status, DecimalStatus::overflow);
  EXPECT_EQ(parse_decimal("-9223372036854775808", 0).status, DecimalStatus::overflow);  // stands for missing
  EXPECT_EQ(parse_decimal("92233720368547758.08", 2).status, DecimalStatus::overflow);
  EXPECT_EQ(parse_decimal("99999999999999999999999999", 2).status, DecimalStatus::overflow);
}

TEST(Decimal, TextsAndUnitsAreInverse) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const int scale = static_cast<int>(random() % 19);
    const auto units = static_cast<std::int64_t>(random()) >> (random() % 64);
    if (units == std::numeric_limits<std::int64_t>::min()) continue;
    const auto parsed = parse_decimal(format_decimal(units, scale), scale);
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed.units, units);
  }
  EXPECT_EQ(format_decimal(-5, 2), "-0.05");
  EXPECT_EQ(format_decimal(0, 0), "0");
  EXPECT_EQ(format_decimal(120, 0), "120");
  EXPECT_EQ(format_decimal(std::numeric_limits<int128>::min(), 0), "-170141183460469231731687303715884105728");
}

/// The oracle: the C library's strtod rounds a decimal text correctly.
TEST(DecimalToDouble, IsTheNearestDouble) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200000; ++i) {
    const int scale = static_cast<int>(random() % 39);
    int128 units = static_cast<int128>((static_cast<uint128>(random()) << 64) | random());
    units >>= random() % 128;
    ASSERT_EQ(decimal_to_double(units, scale), std::strtod(format_decimal(units, scale).c_str(), nullptr))
        << format_decimal(units, scale);
  }
}

TEST(DecimalToDouble, RoundsHalfWayToEven) {
  const int128 half_way = (int128{1} << 53) + 1;
  EXPECT_EQ(decimal_to_double(half_way, 0), 0x1p53);
  EXPECT_EQ(decimal_to_double(half_way * 10 + 1, 1), 0x1p53 + 2);
  EXPECT_EQ(decimal_to_double(-(half_way * 10 + 1), 1), -(0x1p53 + 2));
  EXPECT_FALSE(std::signbit(decimal_to_double(0, 2)));
}

TEST(PowerOfTen, CoversWhat128BitsHold) {
  EXPECT_EQ(power_of_ten(0), 1);
  EXPECT_EQ(format_decimal(power_of_ten(38), 0), "1" + std::string(38, '0'));
  EXPECT_THROW(power_of_ten(39), Error);
  EXPECT_THROW(power_of_ten(-1), Error);
}

TEST(Checked, NoticesWhatDoesNotFit) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(checked_add<std::int64_t>(most, 0), most);
  EXPECT_EQ(checked_add<std::int64_t>(most, 1), std::nullopt);
  EXPECT_EQ(checked_subtract<std::int64_t>(-most, 2), std::nullopt);
  EXPECT_EQ(checked_multiply<std::int64_t>(most / 2, 2), most - 1);
  EXPECT_EQ(checked_multiply<int128>(power_of_ten(38), 2), std::nullopt);
  EXPECT_EQ(checked_int64(int128{most} + 1), std::nullopt);
  EXPECT_EQ(checked_int64(-int128{most} - 1), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(checked_cast<int>(std::int64_t{7}), 7);
  EXPECT_THROW(checked_cast<int>(std::int64_t{1} << 31), Error);
  EXPECT_THROW(checked_cast<unsigned>(-1), Error);
}

}  // namespace
}  // namespace fullbase::base
