// Codes are those that a plain loop gives; what has no code is where it was sent; another night's codes stay as they are.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "algorithms/encode/encoded_table.hpp"
#include "algorithms/encode/encoding.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "error_text.hpp"
#include "every_read.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::encode {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Encoding fitted(const data::MemoryTable& table, const Plan& plan, int ranks = 1, int threads = 1) {
  parallel::set_thread_count(threads);
  std::vector<Encoding> found(static_cast<std::size_t>(ranks));
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(1 << 22);
    found[static_cast<std::size_t>(communicator.rank())] = fit(communicator, table, plan, budget);
    EXPECT_EQ(budget.available(), budget.limit());
  });
  for (const auto& other : found) {
    EXPECT_EQ(other.values, found.front().values);
    EXPECT_EQ(other.codes, found.front().codes);
    EXPECT_EQ(other.rows, found.front().rows);
    EXPECT_EQ(other.missing, found.front().missing);
    EXPECT_EQ(other.unseen, found.front().unseen);
  }
  return found.front();
}

data::Batch encoded(const data::MemoryTable& table, const std::vector<Encoding>& encodings, const Places& places = {}) {
  const EncodedTable result(table, encodings, places);
  std::vector<int> columns;
  for (int column = 0; column < result.schema().columns(); ++column) columns.push_back(column);
  return result.read({0, table.rows()}, columns);
}

data::MemoryTable shop() {
  return make_table("shop", {string_column("name", {"ann", "bob", "eve", "zoe", "kim"}),
                             category_column("city", {"Ulm", "Aix", std::nullopt, "Ulm", "Cork"}),
                             int64_column("grade", {10, 9, std::nullopt, 10, -3}),
                             bool_column("vip", {true, false, std::nullopt, true, true})});
}

TEST(Encode, OrdinalIsThePlaceInOrder) {
  const auto table = shop();
  EXPECT_THAT(fitted(table, {"city", Method::ordinal, {}}).values, ElementsAre("Aix", "Cork", "Ulm"));
  EXPECT_THAT(fitted(table, {"grade", Method::ordinal, {}}).values, ElementsAre("-3", "9", "10"));  // by value, not by text
  EXPECT_THAT(fitted(table, {"vip", Method::ordinal, {}}).values, ElementsAre("false", "true"));
  const auto rows =
      encoded(table, {fitted(table, {"city", Method::ordinal, {}}, 3), fitted(table, {"grade", Method::ordinal, {}})});
  EXPECT_THAT(rows.at("city").int64s(), ElementsAre(2, 0, 0, 2, 1));
  EXPECT_THAT(rows.at("city").mask(), ElementsAre(0, 0, 1, 0, 0));
  EXPECT_THAT(rows.at("grade").int64s(), ElementsAre(2, 1, 0, 2, 0));
  EXPECT_EQ(rows.at("name").text(3), "zoe");
}

TEST(Encode, OrdinalByAListLeavesOthersOut) {
  const auto table = shop();
  const auto encoding = fitted(table, {"city", Method::ordinal, {"Ulm", "Bonn", "Aix"}}, 2);
  EXPECT_THAT(encoding.rows, ElementsAre(2, 0, 1));
  EXPECT_EQ(encoding.missing, 1);
  EXPECT_EQ(encoding.unseen, 1);
  const auto rows =
      encoded(table, {encoding}, {.unseen = {Otherwise::Kind::number, -1}, .missing = {Otherwise::Kind::number, -9}});
  EXPECT_THAT(rows.at("city").int64s(), ElementsAre(0, 2, -9, 0, -1));
  EXPECT_TRUE(rows.at("city").mask().empty());
}

TEST(Encode, FrequencyIsTheShareOfAllRows) {
  const auto table = shop();
  const auto encoding = fitted(table, {"city", Method::frequency, {}}, 4, 2);
  EXPECT_THAT(encoding.codes, ElementsAre(0.2, 0.2, 0.4));
  const auto rows = encoded(table, {encoding});
  EXPECT_EQ(rows.at("city").float64s()[0], 0.4);
  EXPECT_TRUE(std::isnan(rows.at("city").float64s()[2]));
}

TEST(Encode, OneHotHasAColumnForAllOthers) {
  const auto table = shop();
  const std::vector<Plan> plans = {{"city", Method::one_hot, {"Cork", "Ulm"}}, {"vip", Method::one_hot, {"true"}}};
  const auto rows = encoded(table, {fitted(table, plans[0]), fitted(table, plans[1])});
  EXPECT_THAT(rows.at("city_Cork").bools(), ElementsAre(0, 0, 0, 0, 1));
  EXPECT_THAT(rows.at("city_Ulm").bools(), ElementsAre(1, 0, 0, 1, 0));
  EXPECT_THAT(rows.at("city_other").bools(), ElementsAre(0, 1, 0, 0, 0));
  EXPECT_THAT(rows.at("vip_true").bools(), ElementsAre(1, 0, 0, 1, 1));
  EXPECT_THAT(rows.at("vip_other").bools(), ElementsAre(0, 1, 0, 0, 0));
  const auto schema = encoded_schema(table.schema(), plans);
  std::vector<std::string> names;
  for (const auto& field : schema.fields) names.push_back(field.name);
  EXPECT_THAT(names, ElementsAre("name", "city_Cork", "city_Ulm", "city_other", "grade", "vip_true", "vip_other"));
  for (int c = 0; c < schema.columns(); ++c) EXPECT_EQ(rows[static_cast<std::size_t>(c)].field(), schema[c]);
}

TEST(Encode, AKeyThatIsEncodedNamesNoRows) {
  const auto table = make_table("t", {string_column("name", {"ann", "bob"}), int64_column("x", {1, 2})}, "name");
  EXPECT_EQ(encoded_schema(table.schema(), {{"x", Method::ordinal, {}}}).key, "name");
  EXPECT_EQ(encoded_schema(table.schema(), {{"name", Method::ordinal, {}}}).key, "");
}

TEST(Encode, AnotherNightsCodesStayAndItsRowsAreCounted) {
  auto encoding = fitted(shop(), {"city", Method::frequency, {}});
  const auto tonight = make_table("shop", {string_column("city", {"Ulm", "Rome", "Ulm", std::nullopt, "Ulm", "Nice"})});
  comm::run_threads(2, [&](comm::Communicator& communicator) {
    auto mine = encoding;
    count_rows(communicator, tonight, mine);
    if (communicator.is_root()) encoding = mine;
  });
  EXPECT_THAT(encoding.rows, ElementsAre(0, 0, 3));
  EXPECT_EQ(encoding.missing, 1);
  EXPECT_EQ(encoding.unseen, 2);
  const auto rows = encoded(tonight, {encoding}, {.unseen = {Otherwise::Kind::number, 0}, .missing = {}});
  EXPECT_EQ(rows[0].float64s()[0], 0.4);
  EXPECT_EQ(rows[0].float64s()[1], 0);
  EXPECT_TRUE(std::isnan(rows[0].float64s()[3]));
}

TEST(Encode, ValuesOfAnotherTypeAreUnseen) {
  // Texts of last week may be numbers tonight: only those that are written alike are equal.
  Encoding encoding{.plan = {"x", Method::ordinal, {}},
                    .values = {"7", "007", "-0", "seven", "9223372036854775807"},
                    .codes = {10, 11, 12, 13, 14},
                    .rows = {}};
  const auto table = make_table("t", {int64_column("x", {7, 0, 9'223'372'036'854'775'807, -7})});
  const auto rows = encoded(table, {encoding}, {.unseen = {Otherwise::Kind::number, -1}, .missing = {}});
  EXPECT_THAT(rows[0].int64s(), ElementsAre(10, -1, 14, -1));
}

TEST(Encode, WhatHasNoPlaceIsAnErrorThatNamesTheRow) {
  const auto table = shop();
  const auto encoding = fitted(table, {"city", Method::one_hot, {"Ulm"}});
  EXPECT_THAT(error_text([&] { encoded(table, {encoding}, {.unseen = {Otherwise::Kind::error}, .missing = {}}); }),
              HasSubstr("shop.city[1]: the value has no code"));
  EXPECT_THAT(error_text([&] { encoded(table, {encoding}, {.unseen = {}, .missing = {Otherwise::Kind::error}}); }),
              HasSubstr("shop.city[2]: the value is missing"));
}

TEST(Encode, PartsOfColumnsAndRowsAreReadAlike) {
  const auto table = shop();
  const std::vector<Encoding> encodings = {fitted(table, {"vip", Method::ordinal, {}}),
                                           fitted(table, {"city", Method::one_hot, {"Ulm", "Aix"}})};
  const EncodedTable result(table, encodings, {});
  const std::vector<int> some = {5, 2, 0, 1};  // vip, city_Aix, name, city_Ulm
  const auto rows = result.read({1, 4}, some);
  EXPECT_THAT(rows[0].int64s(), ElementsAre(0, 0, 1));
  EXPECT_THAT(rows[1].bools(), ElementsAre(1, 0, 0));
  EXPECT_EQ(rows[2].text(0), "bob");
  EXPECT_THAT(rows[3].bools(), ElementsAre(0, 0, 1));
}

TEST(Encode, NoRows) {
  const auto table = make_table("t", {string_column("x", {})});
  const auto encoding = fitted(table, {"x", Method::frequency, {}}, 3);
  EXPECT_TRUE(encoding.values.empty());
  EXPECT_THAT(fitted(table, {"x", Method::ordinal, {"a"}}, 3).rows, ElementsAre(0));
  EXPECT_EQ(encoded(table, {encoding})[0].rows(), 0);
}

TEST(Encode, ManyValuesOnAnyRanksAndThreads) {
  Optional<std::string> values;
  std::map<std::string, std::int64_t> count;
  for (std::int64_t i = 0; i < 150'000; ++i) {
    values.push_back("v" + std::to_string(i * i % 3'001));
    ++count[*values.back()];
  }
  const auto table = make_table("t", {string_column("x", values)});
  const auto one = fitted(table, {"x", Method::frequency, {}});
  ASSERT_EQ(one.values.size(), count.size());
  std::size_t at = 0;
  for (const auto& [value, rows] : count) {
    EXPECT_EQ(one.values[at], value);
    EXPECT_EQ(one.codes[at++], static_cast<double>(rows) / 150'000);
  }
  for (const int ranks : {2, 3, 4}) {
    const auto other = fitted(table, {"x", Method::frequency, {}}, ranks, 2);
    EXPECT_EQ(other.values, one.values);
    EXPECT_EQ(other.codes, one.codes);
  }
}

TEST(Encode, AReadErrorOnOneRankIsTheErrorOfAll) {
  parallel::set_thread_count(1);
  Optional<std::string> values;
  for (int i = 0; i < 4'000; ++i) values.push_back("v" + std::to_string(i % 9));
  const auto table = make_table("t", {string_column("x", values)});
  const int reads =
      break_every_read(table, [](comm::Communicator& communicator, const data::BlockSource& source, data::Budget& budget) {
        fit(communicator, source, {"x", Method::frequency, {}}, budget);
        fit(communicator, source, {"x", Method::ordinal, {"v1", "v2"}}, budget);
      });
  EXPECT_GE(reads, 3 * 3);
}

}  // namespace
}  // namespace fullbase::encode
