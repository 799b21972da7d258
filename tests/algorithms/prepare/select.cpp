// A selection is the rows that meet a condition, in order, whatever ranks and threads there are.
#include "algorithms/prepare/select.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/derived_source.hpp"
#include "data/make_batch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::prepare {
namespace {

using namespace fullbase::testing;

/// Numbers 0.. with every third missing, and their texts.
data::MemoryTable numbers(std::int64_t rows) {
  Optional<std::int64_t> values;
  Optional<std::string> texts;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto mixed = static_cast<std::int64_t>((static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15U) >> 40);
    values.push_back(i % 3 == 2 ? std::nullopt : std::optional(mixed));
    texts.push_back(i % 5 == 0 ? std::nullopt : std::optional(std::to_string(i)));
  }
  std::vector<std::int64_t> rows_of_table(static_cast<std::size_t>(rows));
  std::iota(rows_of_table.begin(), rows_of_table.end(), 0);
  return make_table("numbers", {data::Column({.name = "row", .type = data::Type::int64}, std::move(rows_of_table)),
                                int64_column("value", values), string_column("text", texts)});
}

class ChecksWholeBlocks final : public data::BlockSink {
 public:
  ChecksWholeBlocks(data::MemorySink& sink, std::int64_t rows) : sink_(sink), rows_(rows) {}
  void write(const data::Batch& batch) override {
    EXPECT_EQ(batch.rows.first % base::block_rows, 0);
    EXPECT_TRUE(batch.rows.last % base::block_rows == 0 || batch.rows.last == rows_);
    EXPECT_FALSE(batch.rows.empty());
    sink_.write(batch);
  }

 private:
  data::MemorySink& sink_;
  std::int64_t rows_;
};

struct Case {
  std::int64_t rows;
  const char* where;
};

TEST(Selection, KeepsTheRowsThatMeetTheConditionInOrder) {
  const Case cases[] = {{0, "value > 0"},
                        {1, "true"},
                        {1000, "row < 3"},
                        {5000, "row >= 4999"},
                        {5000, "value is missing"},
                        {70000, "row >= 100"},
                        {200000, "value < 8000000 or text is missing"},
                        {200000, "row >= 150000"},
                        {200000, "row in (0, 70000, 199999)"},
                        {10240, "true"},
                        {3000, "false"}};
  const int columns[] = {2, 0};
  for (const Case& c : cases) {
    const auto table = numbers(c.rows);
    const auto where = data::BoundExpression::bind_condition(data::Expression::parse(c.where), table.schema());
    const int all[] = {0, 1, 2};
    const auto expected = where.select(table.read({0, c.rows}, all), all);
    for (const int ranks : {1, 2, 3, 4}) {
      for (const int threads : {1, 2}) {
        SCOPED_TRACE(::testing::Message() << c.where << ", " << c.rows << " rows, " << ranks << " ranks, " << threads
                                          << " threads");
        parallel::set_thread_count(threads);
        data::MemorySink memory;
        comm::run_threads(ranks, [&](comm::Communicator& communicator) {
          const Selection selection(communicator, table, &where);
          EXPECT_EQ(selection.rows(), std::ssize(expected));
          EXPECT_EQ(selection.left_out(), c.rows - std::ssize(expected));
          ChecksWholeBlocks sink(memory, selection.rows());
          selection.write(communicator, columns, sink);
        });
        ASSERT_EQ(memory.rows_written(), std::ssize(expected));
        if (expected.empty()) continue;
        const auto kept = memory.table("kept");
        for (std::size_t i = 0; i < expected.size(); ++i) {
          ASSERT_EQ(kept.whole()[1].int64s()[i], expected[i]);
          ASSERT_EQ(kept.whole()[0].text(static_cast<std::int64_t>(i)), table.whole()[2].text(expected[i]));
        }
      }
    }
  }
}

TEST(Selection, WithoutAConditionKeepsAll) {
  const auto table = numbers(70000);
  const int columns[] = {0};
  data::MemorySink memory;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    const Selection selection(communicator, table, nullptr);
    EXPECT_EQ(selection.left_out(), 0);
    selection.write(communicator, columns, memory);
  });
  const auto kept = memory.table("kept");
  for (std::int64_t i = 0; i < 70000; ++i) ASSERT_EQ(kept.whole()[0].int64s()[static_cast<std::size_t>(i)], i);
}

TEST(Selection, AnOverflowOnAnyRankIsEveryRanksError) {
  for (const std::int64_t bad : {0, 1500, 2999, 3999}) {
    Optional<std::int64_t> values(4000, 1);
    values[static_cast<std::size_t>(bad)] = std::int64_t{1} << 62;
    const auto table = make_table("t", {int64_column("x", values)});
    const auto where = data::BoundExpression::bind_condition(data::Expression::parse("x * 4 > 0"), table.schema());
    int errors = 0;
    std::mutex mutex;
    comm::run_threads(4, [&](comm::Communicator& communicator) {
      try {
        const Selection selection(communicator, table, &where);
      } catch (const base::Error& error) {
        const std::scoped_lock lock(mutex);
        errors += error.kind() == base::ErrorKind::input_data ? 1 : 0;
        EXPECT_NE(std::string(error.what()).find("row " + std::to_string(bad)), std::string::npos) << error.what();
      }
    });
    EXPECT_EQ(errors, 4);
  }
}

TEST(DerivedSource, RowsThatTheConditionLeavesOutCannotFail) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const auto table = make_table("t", {int64_column("x", {1, most, 3}), bool_column("good", {true, false, true})});
  const auto where = data::BoundExpression::bind_condition(data::Expression::parse("good"), table.schema());
  const std::vector<data::Derivation> derivations = {{"double", data::Expression::parse("x + x")},
                                                     {"more", data::Expression::parse("double + 1")}};
  EXPECT_THROW(data::DerivedSource(table, derivations, {}).read({0, 3}, std::vector<int>{3}), base::Error);
  const data::DerivedSource source(table, derivations, {}, &where);
  const auto alone = comm::single();
  const Selection selection(*alone, source, &where);
  data::MemorySink sink;
  selection.write(*alone, std::vector<int>{2, 3}, sink);
  const auto kept = sink.table("kept");
  ASSERT_EQ(kept.rows(), 2);
  EXPECT_EQ(kept.whole()[0].int64s()[1], 6);
  EXPECT_EQ(kept.whole()[1].int64s()[0], 3);
}

TEST(DerivedSource, WorksOutColumnsWhileReading) {
  const auto table = make_table("t", {int64_column("quantity", {2, {}, 3}), decimal_column("price", 2, {150, 200, 999}),
                                      category_column("country", {"A", "B", "A"})});
  std::vector<data::Derivation> derivations;
  derivations.push_back({"amount", data::Expression::parse("quantity * price")});
  derivations.push_back({"double", data::Expression::parse("amount * 2")});
  derivations.push_back({"land", data::Expression::parse("country")});
  const data::DerivedSource source(table, derivations, {});
  EXPECT_EQ(source.schema(), data::derived_schema(table.schema(), derivations, {}));
  EXPECT_EQ(source.schema().at("double", ""), 4);
  const int columns[] = {4, 0, 5};
  const auto batch = source.read({1, 3}, columns);
  ASSERT_EQ(batch.columns.size(), 3U);
  EXPECT_TRUE(batch.at("double").is_missing(0));
  EXPECT_EQ(batch.at("double").int64s()[1], 5994);
  EXPECT_EQ(batch.at("quantity").int64s()[1], 3);
  EXPECT_EQ(batch.at("land").text(0), "B");
  EXPECT_EQ(source.dictionary(5), table.dictionary(2));
  EXPECT_THROW(data::DerivedSource(table, {{"price", data::Expression::parse("1")}}, {}), base::Error);
}

}  // namespace
}  // namespace fullbase::prepare
