// Columns, batches and tables in memory hold what was put in, missing values included.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "data/make_batch.hpp"
#include "data/missing_column.hpp"

namespace fullbase::data {
namespace {

using namespace fullbase::testing;

TEST(Schema, FindsColumnsAndSuggestsTheNearestName) {
  const Schema schema{.fields = {{.name = "quantity"}, {.name = "price"}}, .key = {}};
  EXPECT_EQ(schema.at("price", "here"), 1);
  EXPECT_FALSE(schema.find("Price"));
  try {
    schema.at("quantiy", "step rfm");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::job_file);
    EXPECT_EQ(error.where(), "step rfm");
    EXPECT_NE(error.advice().find("quantity"), std::string::npos) << error.what();
  }
}

TEST(Schema, TypeNamesReadBack) {
  for (int t = 0; t <= static_cast<int>(Type::date); ++t) {
    const auto type = static_cast<Type>(t);
    EXPECT_EQ(type_from_name(type_name(type)), type);
  }
  EXPECT_FALSE(type_from_name("decimal(3)"));
  EXPECT_EQ(type_text({.name = "price", .type = Type::decimal, .scale = 3}), "decimal(3)");
  EXPECT_EQ(type_text({.name = "on", .type = Type::boolean}), "bool");
}

TEST(Dictionary, FindsEveryTextAndNoOther) {
  const auto dictionary = make_dictionary({"b", "", "a", "abc"});
  ASSERT_EQ(dictionary->size(), 4);
  for (std::int32_t code = 0; code < 4; ++code) EXPECT_EQ(dictionary->find((*dictionary)[code]), code);
  EXPECT_FALSE(dictionary->find("ab"));
  EXPECT_FALSE(dictionary->find("c"));
  EXPECT_FALSE(Dictionary().find(""));
}

TEST(Dictionary, UniteKeepsEveryText) {
  const std::vector<DictionaryPointer> parts = {make_dictionary({"a", "c"}), nullptr, make_dictionary({}),
                                                make_dictionary({"b", "c", "d"})};
  const auto united = unite(parts);
  ASSERT_EQ(united.dictionary->size(), 4);
  ASSERT_EQ(united.remap.size(), 4U);
  for (std::size_t p : {0U, 3U}) {
    for (std::int32_t code = 0; code < parts[p]->size(); ++code) {
      EXPECT_EQ((*united.dictionary)[united.remap[p][static_cast<std::size_t>(code)]], (*parts[p])[code]);
    }
  }
  EXPECT_EQ(unite({}).dictionary->size(), 0);
}

TEST(Column, KnowsWhatIsMissingInEveryType) {
  const std::vector<Column> columns = {int64_column("i", {1, {}}),
                                       bool_column("b", {true, {}}),
                                       string_column("s", {"x", {}}),
                                       float64_column("f", {1, missing_float64}),
                                       float32_column("g", {1, missing_float32}),
                                       decimal_column("d", 2, {100, {}}),
                                       timestamp_column("t", {1, {}}),
                                       date_column("a", {1, {}}),
                                       category_column("c", {"x", {}})};
  for (const Column& column : columns) {
    SCOPED_TRACE(column.field().name);
    EXPECT_EQ(column.rows(), 2);
    EXPECT_FALSE(column.is_missing(0));
    EXPECT_TRUE(column.is_missing(1));
    const Column none = missing_column(column.field(), 2, column.dictionary());
    EXPECT_EQ(none.rows(), 2);
    EXPECT_TRUE(none.is_missing(0) && none.is_missing(1));
    if (column.field().type == Type::string || column.field().type == Type::category) {
      EXPECT_EQ(column.text(0), "x");
      EXPECT_EQ(column.text(1), "");
    } else {
      EXPECT_EQ(column.number(0), 1);
      EXPECT_TRUE(std::isnan(column.number(1)));
    }
  }
}

TEST(Column, AppendingRunsKeepsValuesAndMasks) {
  for (const Column& from : {int64_column("i", {1, {}, 3, 4}), string_column("i", {"one", {}, "three", ""})}) {
    Column column(from.field(), 0);
    column.append_from(from, 2, 4);
    EXPECT_TRUE(column.mask().empty());
    column.append_from(from, 0, 3);
    column.append_from(from, 3);
    ASSERT_EQ(column.rows(), 6);
    const std::vector<std::int64_t> order = {2, 3, 0, 1, 2, 3};
    for (std::int64_t row = 0; row < 6; ++row) {
      const auto source = order[static_cast<std::size_t>(row)];
      EXPECT_EQ(column.is_missing(row), from.is_missing(source));
      if (from.field().type == Type::string) {
        EXPECT_EQ(column.text(row), from.text(source));
      } else if (!from.is_missing(source)) {
        EXPECT_EQ(column.number(row), from.number(source));
      }
    }
  }
}

TEST(Column, RefusesTheWrongRepresentation) {
  const Column column = int64_column("i", {1});
  EXPECT_THROW(column.float64s(), base::Error);
  EXPECT_THROW(Column({.name = "x", .type = Type::date}, std::vector<double>{1}), base::Error);
  EXPECT_THROW(column.text(0), base::Error);
}

TEST(MemoryTable, ReadsAnyRowsOfAnyColumns) {
  const auto table = make_table("t", {int64_column("a", {0, 1, 2, 3}), category_column("b", {"x", "y", {}, "x"})}, "a");
  EXPECT_EQ(table.schema().key, "a");
  EXPECT_EQ(table.dictionary(0), nullptr);
  const std::vector<int> columns = {1, 0, 1};
  const Batch batch = table.read({1, 4}, columns);
  ASSERT_EQ(batch.columns.size(), 3U);
  EXPECT_EQ(batch.at("a").int64s()[2], 3);
  EXPECT_EQ(batch[0].text(0), "y");
  EXPECT_TRUE(batch[2].is_missing(1));
  EXPECT_EQ(batch[2].dictionary(), table.dictionary(1));
  EXPECT_THROW(table.read({1, 5}, columns), base::Error);
  EXPECT_THROW(batch.at("c"), base::Error);
}

TEST(MemorySink, OrdersWhatArrivesInAnyOrder) {
  MemorySink sink;
  sink.write(make_batch({int64_column("a", {2, 3})}, 2));
  sink.write(make_batch({int64_column("a", {0, 1})}, 0));
  const MemoryTable table = sink.table("t");
  EXPECT_EQ(sink.rows_written(), 4);
  for (std::int64_t row = 0; row < 4; ++row) EXPECT_EQ(table.whole()[0].number(row), static_cast<double>(row));
}

TEST(EmptyBatch, HasEveryFieldAndNoRow) {
  const Schema schema{.fields = {{.name = "c", .type = Type::category}, {.name = "s", .type = Type::string}}, .key = {}};
  const auto dictionary = make_dictionary({"x"});
  const Batch batch = empty_batch(schema, {dictionary}, 7);
  EXPECT_EQ(batch.rows, (base::RowRange{7, 7}));
  EXPECT_EQ(batch[0].dictionary(), dictionary);
  EXPECT_EQ(batch[1].rows(), 0);
}

}  // namespace
}  // namespace fullbase::data
