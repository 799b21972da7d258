// What checks find is what a plain loop over the whole table finds, for any ranks, threads and memory.
#include "algorithms/checks/findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "base/error.hpp"
#include "broken_source.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::checks {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t plenty = std::int64_t{1} << 30;
constexpr std::int64_t little = std::int64_t{1} << 10;

/// Calls find(communicator, budget) on many ranks, threads and budgets, and expects of all of them what the loop found.
template <class Find>
void expect_everywhere(const Finding& expected, Find&& find) {
  const int threads = parallel::thread_count();
  for (const int ranks : {1, 2, 3, 4}) {
    for (const auto memory : {plenty, little}) {
      parallel::set_thread_count(memory == plenty ? 2 : 1);
      comm::run_threads(ranks, [&](comm::Communicator& communicator) {
        data::Budget budget(memory);
        const auto found = find(communicator, budget);
        EXPECT_EQ(found.rows, expected.rows) << ranks << " ranks";
        EXPECT_EQ(found.first, expected.first) << ranks << " ranks";
        EXPECT_EQ(budget.available(), memory);
      });
    }
  }
  parallel::set_thread_count(threads);
}

void add(Finding& finding, std::int64_t row) {
  if (++finding.rows <= static_cast<std::int64_t>(named_rows)) finding.first.push_back(row);
}

std::int64_t mixed(std::int64_t i) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15U) >> 32);
}

struct Table {
  Optional<std::int64_t> number;
  Optional<std::string> text;
  data::MemoryTable table;
};

/// Keys that repeat now and then, some of them missing.
Table keys(std::int64_t rows, std::int64_t distinct) {
  Optional<std::int64_t> numbers;
  Optional<std::string> texts;
  for (std::int64_t i = 0; i < rows; ++i) {
    numbers.push_back(i % 11 == 3 ? std::nullopt : std::optional(mixed(i) % distinct));
    texts.push_back(i % 13 == 5 ? std::nullopt : std::optional("k" + std::to_string(mixed(i + 7) % distinct)));
  }
  return {numbers, texts, make_table("lines", {int64_column("number", numbers), string_column("text", texts)})};
}

TEST(Findings, RowsAgainstAConditionAreThoseOfALoop) {
  for (const std::int64_t rows : {0, 1, 3, 1024, 200'000}) {
    const auto lines = keys(rows, 1000);
    const auto condition = data::BoundExpression::bind_condition(data::Expression::parse("number < 990"), lines.table.schema());
    Finding expected;
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto& number = lines.number[static_cast<std::size_t>(i)];
      if (!number || *number >= 990) add(expected, i);
    }
    expect_everywhere(expected, [&](auto& communicator, auto&) { return rows_against(communicator, lines.table, condition); });
  }
}

TEST(Findings, AConditionWithoutColumnsHoldsOfEveryRowOrOfNone) {
  const auto lines = keys(2500, 10);
  for (const auto& [text, rows] : std::map<std::string, std::int64_t>{{"1 = 1", 0}, {"1 = 2", 2500}}) {
    const auto condition = data::BoundExpression::bind_condition(data::Expression::parse(text), lines.table.schema());
    Finding expected;
    for (std::int64_t i = 0; i < rows; ++i) add(expected, i);
    expect_everywhere(expected, [&](auto& communicator, auto&) { return rows_against(communicator, lines.table, condition); });
  }
}

TEST(Findings, RepeatedKeysAreThoseOfASet) {
  for (const std::int64_t rows : {0, 1, 3, 1500, 40'000}) {
    const auto lines = keys(rows, 30'000);
    for (const auto& columns : {std::vector<int>{0}, {1}, {0, 1}, {1, 0}}) {
      std::set<std::pair<std::int64_t, std::string>> seen;
      Finding expected;
      for (std::size_t i = 0; i < lines.number.size(); ++i) {
        const bool by_number = columns.size() == 2 || columns[0] == 0;
        const bool by_text = columns.size() == 2 || columns[0] == 1;
        if ((by_number && !lines.number[i]) || (by_text && !lines.text[i])) continue;
        const bool fresh = seen.emplace(by_number ? *lines.number[i] : 0, by_text ? *lines.text[i] : "").second;
        if (!fresh) add(expected, static_cast<std::int64_t>(i));
      }
      if (rows == 40'000 && columns.size() == 1) {
        EXPECT_GT(expected.rows, 1000);
      }
      expect_everywhere(
          expected, [&](auto& communicator, auto& budget) { return repeated_keys(communicator, lines.table, columns, budget); });
    }
  }
}

TEST(Findings, UnknownKeysAreThoseThatNoReferenceHas) {
  for (const std::int64_t rows : {0, 2, 1500, 30'000}) {
    const auto lines = keys(rows, 40'000);
    const auto reference = keys(20'000, 40'000);
    for (const int column : {0, 1}) {
      std::set<std::optional<std::int64_t>> numbers(reference.number.begin(), reference.number.end());
      std::set<std::optional<std::string>> texts(reference.text.begin(), reference.text.end());
      Finding expected;
      for (std::size_t i = 0; i < lines.number.size(); ++i) {
        const bool missing = column == 0 ? !lines.number[i] : !lines.text[i];
        const bool known = column == 0 ? numbers.contains(lines.number[i]) : texts.contains(lines.text[i]);
        if (!missing && !known) add(expected, static_cast<std::int64_t>(i));
      }
      if (rows == 30'000) {
        EXPECT_GT(expected.rows, 1000);
      }
      expect_everywhere(expected, [&](auto& communicator, auto& budget) {
        return unknown_keys(communicator, lines.table, column, reference.table, column, budget);
      });
    }
  }
}

TEST(Findings, TextsMeetCategories) {
  const auto lines = make_table("lines", {category_column("customer", Optional<std::string>{"b", "a", {}, "c", "b"})});
  const auto customers = make_table("customers", {string_column("customer", Optional<std::string>{"a", {}, "b"})});
  expect_everywhere({1, {3}},
                    [&](auto& communicator, auto& budget) { return unknown_keys(communicator, lines, 0, customers, 0, budget); });
  expect_everywhere({1, {4}}, [&](auto& communicator, auto& budget) {
    return repeated_keys(communicator, lines, std::vector<int>{0}, budget);
  });
}

TEST(Findings, TheNewestIsTheGreatestThatMeetsTheCondition) {
  Optional<std::int64_t> times;
  for (std::int64_t i = 0; i < 3000; ++i) times.push_back(i % 7 == 2 ? std::nullopt : std::optional(mixed(i)));
  const auto table = make_table("lines", {timestamp_column("time", times)});
  std::optional<std::int64_t> most;
  const std::int64_t border = mixed(2999) + 1;
  for (const auto& time : times) {
    if (time && *time < border) most = std::max(most.value_or(0), *time);
  }
  const data::ExpressionEnvironment environment{border, {}};
  const auto before = data::BoundExpression::bind_condition(data::Expression::parse("time < as_of"), table.schema(), environment);
  const auto never = data::BoundExpression::bind_condition(data::Expression::parse("1 = 2"), table.schema(), environment);
  for (const int ranks : {1, 2, 3, 4}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      EXPECT_EQ(newest(communicator, table, 0, before), most);
      EXPECT_EQ(newest(communicator, table, 0, never), std::nullopt);
    });
  }
}

TEST(Findings, AFailureOnAnyRankIsEverybodys) {
  const auto lines = keys(8000, 100);
  const auto condition = data::BoundExpression::bind_condition(data::Expression::parse("number < 5"), lines.table.schema());
  for (const std::int64_t row : {0, 3000, 7999}) {
    const BrokenSource failing(lines.table, {row, row + 1});
    std::atomic<int> told = 0;
    const auto tell = [&](auto&& find) {
      try {
        find();
      } catch (const base::Error& error) {
        if (error.is_known_to_all()) ++told;
      }
    };
    comm::run_threads(3, [&](comm::Communicator& communicator) {
      data::Budget budget(plenty);
      tell([&] { rows_against(communicator, failing, condition); });
      tell([&] { repeated_keys(communicator, failing, std::vector<int>{0}, budget); });
      tell([&] { unknown_keys(communicator, failing, 0, lines.table, 0, budget); });
      tell([&] { unknown_keys(communicator, lines.table, 0, failing, 0, budget); });
    });
    EXPECT_EQ(told, 12);
  }
}

}  // namespace
}  // namespace fullbase::checks
