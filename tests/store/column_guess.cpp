// The type that a column's texts are given is one that its parser takes for all of them.
#include "store/csv/column_guess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fullbase::store::csv {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

GuessedColumn guess(const std::vector<std::string>& texts) {
  ColumnGuess column;
  for (const auto& text : texts) column.add(text);
  return column.result();
}

std::string type(const std::vector<std::string>& texts) {
  const auto column = guess(texts);
  auto told = data::type_text({.name = {}, .type = column.type, .scale = column.scale});
  return column.format.empty() ? told : told + " " + column.format;
}

TEST(ColumnGuess, Numbers) {
  EXPECT_EQ(type({"1", "-20", " 3 "}), "int64");
  EXPECT_EQ(type({"17850.0", "12.0", "7"}), "int64");
  EXPECT_EQ(type({"1.5", "2.250", "-3"}), "decimal(3)");
  EXPECT_EQ(type({"0.123456", "1"}), "decimal(6)");
  EXPECT_EQ(type({"0.1234567", "1"}), "float64");
  EXPECT_EQ(type({"1.5000000000", "2"}), "decimal(1)");
  EXPECT_EQ(type({"1e3", "2"}), "float64");
  EXPECT_EQ(type({"1.5", "1234567890123"}), "float64");  // a decimal(6) of as many digits would not fit
  EXPECT_EQ(type({"123456789012345678"}), "int64");
  EXPECT_EQ(type({"1", "x"}), "string");
  EXPECT_EQ(type({"1,5", "2,5"}), "string");
}

TEST(ColumnGuess, DigitsThatANumberWouldLoseAreText) {
  EXPECT_EQ(type({"00123", "45678", "00123", "45678"}), "category");
  EXPECT_TRUE(guess({"00123", "45678"}).leading_zeros);
  EXPECT_EQ(type({"0", "0.5", "-0.5"}), "decimal(1)");
  EXPECT_EQ(type({"+4922112345"}), "string");
  EXPECT_EQ(type({"12345678901234567890", "1"}), "string");
  EXPECT_EQ(type({"1234567890123456789012345678901234567890"}), "string");
}

TEST(ColumnGuess, Words) {
  EXPECT_EQ(type({"true", "False"}), "bool");
  EXPECT_EQ(type({"Y", "n", "n"}), "bool");
  EXPECT_EQ(type({"f", "f"}), "category");
  EXPECT_EQ(type({"0", "1"}), "int64");
  EXPECT_EQ(type({"yes", "no", "perhaps"}), "string");
}

TEST(ColumnGuess, Times) {
  EXPECT_EQ(type({"2024-02-29", "1969-01-01"}), "date");
  EXPECT_EQ(type({"2024-02-29", "2024-03-01 10:15"}), "timestamp");
  EXPECT_EQ(type({"2023-02-29"}), "string");
  EXPECT_EQ(type({"25/12/2024", "01/02/2024"}), "date %d/%m/%Y");
  EXPECT_EQ(type({"12/25/2024 08:00", "1/2/2024 9:30"}), "timestamp %m/%d/%Y %H:%M");
  EXPECT_EQ(type({"19970131", "20240229"}), "date %Y%m%d");
  EXPECT_EQ(type({"19970131", "20241301"}), "int64");
  EXPECT_EQ(type({"10000101", "12345678"}), "int64");
  EXPECT_EQ(type({"5.1.24"}), "date %d.%m.%y");
  EXPECT_EQ(type({"3 Feb 2024", "14 March 2024"}), "date %d %b %Y");
  EXPECT_TRUE(guess({"01/02/2024"}).day_and_month_unclear);
  EXPECT_FALSE(guess({"01/02/2024", "13/02/2024"}).day_and_month_unclear);
}

TEST(ColumnGuess, MissingValuesAreCountedAndNamed) {
  const auto numbers = guess({"", "NA", "nan", "4", "-"});
  EXPECT_EQ(numbers.type, data::Type::int64);
  EXPECT_EQ(numbers.missing_rows, 4);
  EXPECT_EQ(numbers.distinct, 1);
  EXPECT_THAT(numbers.missing, ElementsAre("", "-", "NA", "nan"));
  // A dash is a text among texts.
  const auto texts = guess({"", "NULL", "None", "x", "-"});
  EXPECT_EQ(texts.type, data::Type::string);
  EXPECT_EQ(texts.missing_rows, 2);
  EXPECT_EQ(texts.distinct, 3);
  const auto nothing = guess({"", ""});
  EXPECT_EQ(nothing.type, data::Type::string);
  EXPECT_EQ(nothing.distinct, 0);
  EXPECT_THAT(guess({"1", "2"}).missing, IsEmpty());
}

TEST(ColumnGuess, TextsThatRepeatAreCategories) {
  EXPECT_EQ(type({"a", "b", "a", "b"}), "category");
  EXPECT_EQ(type({"a", "b", "c", "b"}), "string");
  EXPECT_EQ(guess({"b", "a", "b"}).example, "b");
}

}  // namespace
}  // namespace fullbase::store::csv
