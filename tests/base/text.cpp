#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/size.hpp"
#include "base/text.hpp"

namespace fullbase::base {
namespace {

TEST(EditDistance, CountsWhatATypistDoes) {
  EXPECT_EQ(edit_distance("quantity", "quantity"), 0);
  EXPECT_EQ(edit_distance("quantity", "quantitiy"), 1);
  EXPECT_EQ(edit_distance("quantity", "qauntity"), 1);
  EXPECT_EQ(edit_distance("Quantity", "quantity"), 0);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("ca", "abc"), 3);  // optimal string alignment, not the full Damerau distance of 2
}

TEST(Suggestion, NamesTheNearestOrNothing) {
  const std::vector<std::string> names = {"customer", "invoice", "quantity", "price"};
  EXPECT_EQ(suggestion("custmer", names), "did you mean 'customer'?");
  EXPECT_EQ(suggestion("Price", names), "did you mean 'price'?");
  EXPECT_EQ(suggestion("xyz", names), "");
  EXPECT_EQ(suggestion("custmer", std::vector<std::string>{}), "");
}

TEST(Bytes, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_bytes("1024"), 1024);
  EXPECT_EQ(parse_bytes("0"), 0);
  EXPECT_EQ(parse_bytes("4 GiB"), std::int64_t{4} << 30);
  EXPECT_EQ(parse_bytes("512MiB"), 512 << 20);
  EXPECT_EQ(parse_bytes("512M"), 512 << 20);
  EXPECT_EQ(parse_bytes("512mb"), 512000000);
  EXPECT_EQ(parse_bytes("1.5G"), std::int64_t{3} << 29);
  EXPECT_EQ(parse_bytes("10 kB"), 10000);
  EXPECT_EQ(parse_bytes("2 B"), 2);
  EXPECT_EQ(parse_bytes("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", "GiB", "-1", "1 XB", "1 GiBB", "9223372036854775808", "9000000 PiB", "1..5G", "1e3", " 1"}) {
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
  }
}

TEST(Bytes, WritesForPeople) {
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(std::int64_t{4} << 30), "4 GiB");
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1234567), "1,234,567");
  EXPECT_EQ(format_count(-123456), "-123,456");
}

}  // namespace
}  // namespace fullbase::base
