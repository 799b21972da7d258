// What a difference reports is what brute force finds.
#include "algorithms/compare/difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "algorithms/compare/schema_difference.hpp"
#include "algorithms/compare/value_difference.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::compare {
namespace {

using namespace fullbase::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t plenty = std::int64_t{1} << 30;

Difference compare(const data::MemoryTable& earlier, const data::MemoryTable& later, int ranks = 1, int threads = 1,
                   std::int64_t memory = plenty, double tolerance = 0, bool every_change = false) {
  parallel::set_thread_count(threads);
  Difference at_root;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    const std::vector<std::string> keys = {"id"};
    auto schemas = compare_schemas(earlier, later);
    std::erase_if(schemas.common, [](const auto& column) { return column.field.name == "id"; });
    const ComparedTables tables{earlier, later, key_columns(earlier, later, keys), schemas.common, std::nullopt};
    const DifferenceOptions options{tolerance, 3, every_change, [](const data::Column& column, std::int64_t row) {
                                      return std::to_string(column.int64s()[static_cast<std::size_t>(row)]);
                                    }};
    auto found = difference(communicator, tables, options, budget);
    if (communicator.is_root()) at_root = std::move(found);
  });
  return at_root;
}

TEST(Differs, MissingIsMissingAndFloatsAreBits) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto x = float64_column("x", {data::missing_float64, -std::nan(""), 0.0, -0.0, inf, -inf, 1, 1.5});
  EXPECT_FALSE(differs(x, 0, 1, 0));
  EXPECT_TRUE(differs(x, 0, 2, 100));
  EXPECT_TRUE(differs(x, 2, 3, 0));
  EXPECT_FALSE(differs(x, 2, 3, 1e-9));
  EXPECT_FALSE(differs(x, 4, 4, 0));
  EXPECT_TRUE(differs(x, 4, 5, 1e300));
  EXPECT_TRUE(differs(x, 6, 7, 0.25));
  EXPECT_FALSE(differs(x, 6, 7, 0.5));
  const auto money = decimal_column("m", 2, {100, 125, std::nullopt});
  EXPECT_TRUE(differs(money, 0, 1, 0.24));
  EXPECT_FALSE(differs(money, 0, 1, 0.25));
  EXPECT_TRUE(differs(money, 0, 2, 1));
  const auto text = string_column("t", {"a", "a ", std::nullopt, ""});
  EXPECT_TRUE(differs(text, 0, 1, 5));
  EXPECT_TRUE(differs(text, 2, 3, 0));
}

TEST(Distance, SpansTheWholeRangeOfIntegers) {
  const auto x =
      int64_column("x", {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), std::nullopt});
  EXPECT_EQ(distance(x, 0, 1), std::ldexp(1, 64));
  EXPECT_EQ(distance(x, 0, 2), std::nullopt);
}

TEST(Schemas, ColumnsOfOneTableAndOtherTypesAreTold) {
  const auto earlier = make_table(
      "old", {int64_column("id", {1}), int64_column("a", {1}), decimal_column("p", 2, {1}), category_column("c", {"x"})});
  const auto later = make_table(
      "new", {string_column("c", {"x"}), int64_column("id", {1}), decimal_column("p", 3, {1}), bool_column("b", {true})});
  const auto schemas = compare_schemas(earlier, later);
  std::vector<std::string> told;
  for (const auto& d : schemas.differences) told.push_back(d.column + ":" + d.before + ":" + d.after);
  EXPECT_THAT(told, ElementsAre("a:int64:", "p:decimal(2):decimal(3)", "c:category:string", "b::bool"));
  ASSERT_EQ(schemas.common.size(), 2U);  // texts and categories compare
  EXPECT_EQ(schemas.common[0].field.name, "c");
}

/// Two versions of a table, in different orders of rows.
struct Versions {
  data::MemoryTable earlier;
  data::MemoryTable later;
  std::map<std::int64_t, std::int64_t> before;  ///< id -> value
  std::map<std::int64_t, std::int64_t> after;
};

Versions versions() {
  std::mt19937 random(11);
  std::map<std::int64_t, std::int64_t> before;
  std::map<std::int64_t, std::int64_t> after;
  for (std::int64_t id = 0; id < 12'000; ++id) {
    if (random() % 20 != 0) before[id] = static_cast<std::int64_t>(random() % 1000);
    if (random() % 20 == 0) continue;
    after[id] = before.contains(id) && random() % 10 != 0 ? before[id] : static_cast<std::int64_t>(random() % 1000);
  }
  const auto table = [&](const char* name, const std::map<std::int64_t, std::int64_t>& from, unsigned seed) {
    std::vector<std::pair<std::int64_t, std::int64_t>> rows(from.begin(), from.end());
    std::shuffle(rows.begin(), rows.end(), std::mt19937(seed));
    Optional<std::int64_t> ids;
    Optional<std::int64_t> values;
    for (const auto& [id, value] : rows) {
      ids.emplace_back(id);
      values.emplace_back(value);
    }
    return make_table(name, {int64_column("id", ids), int64_column("x", values)});
  };
  return {table("old", before, 1), table("new", after, 2), before, after};
}

TEST(TableDifference, EqualsBruteForceOnAnyRanksThreadsAndMemory) {
  const auto tables = versions();
  std::int64_t changed = 0;
  std::int64_t greatest = 0;
  std::int64_t sum = 0;
  std::vector<std::int64_t> first_changed;
  std::vector<std::int64_t> added;
  for (const auto& [id, value] : tables.after) {
    const auto found = tables.before.find(id);
    if (found == tables.before.end()) {
      added.push_back(id);
    } else if (found->second != value) {
      ++changed;
      sum += std::abs(value - found->second);
      greatest = std::max(greatest, std::abs(value - found->second));
      if (first_changed.size() < 3) first_changed.push_back(id);
    }
  }
  for (const int ranks : {1, 2, 3, 4}) {
    for (const int threads : {1, 2}) {
      for (const auto memory : {plenty, std::int64_t{1} << 10}) {
        const auto found = compare(tables.earlier, tables.later, ranks, threads, memory);
        EXPECT_EQ(found.changed, changed);
        EXPECT_EQ(found.counts.after_only, std::ssize(added));
        EXPECT_EQ(found.counts.matched + found.counts.before_only, std::ssize(tables.before));
        ASSERT_EQ(found.columns.size(), 1U);
        EXPECT_EQ(found.columns[0].rows, changed);
        EXPECT_EQ(found.columns[0].mean, static_cast<double>(sum) / static_cast<double>(changed));
        EXPECT_EQ(found.columns[0].greatest, static_cast<double>(greatest));
        EXPECT_THAT(found.first_changed.columns[0].int64s(), ::testing::ElementsAreArray(first_changed));
        EXPECT_THAT(found.first_added.columns[0].int64s(), ElementsAre(added[0], added[1], added[2]));
        EXPECT_EQ(found.first_changed.columns[4].text(0), std::to_string(tables.after.at(first_changed[0])));
      }
    }
  }
}

TEST(TableDifference, OneTableWithItselfHasNone) {
  const auto tables = versions();
  const auto found = compare(tables.earlier, tables.earlier, 3);
  EXPECT_FALSE(found.any());
  EXPECT_EQ(found.counts.matched, std::ssize(tables.before));
}

TEST(TableDifference, EveryChangeHasToFitTheMemory) {
  const auto tables = versions();
  const auto empty = make_table("old", {int64_column("id", {}), int64_column("x", {})});
  EXPECT_EQ(compare(empty, tables.later, 1, 1, plenty, 0, true).every_change.rows.size(), std::ssize(tables.after));
  try {
    compare(empty, tables.later, 2, 1, 100'000, 0, true);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::input_data);
    EXPECT_THAT(error.what(), HasSubstr("give more --memory or ranks"));
  }
}

}  // namespace
}  // namespace fullbase::compare
