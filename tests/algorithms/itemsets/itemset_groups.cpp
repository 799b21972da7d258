// Behaviour classes against a look at every set for every customer, over types, ranks, threads and budgets.
#include "algorithms/itemsets/itemset_groups.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/itemsets/customer_tables.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "every_read.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using testing::ample;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Kind;
using testing::lines_of;
using testing::PlainSets;
using testing::Purchases;
using testing::Ways;

struct Result {
  std::vector<std::string> customers;
  std::vector<std::string> groups;
  std::int64_t otherwise = 0;
  std::int64_t passes = 0;
  std::int64_t spilled_reads = 0;
};

Result group(const data::BlockSource& table, const data::BlockSource& lines, const GroupOptions& options, Ways ways = {},
             const char* where = nullptr) {
  parallel::set_thread_count(ways.threads);
  std::optional<data::BoundExpression> condition;
  if (where != nullptr) condition = data::BoundExpression::bind_condition(data::Expression::parse(where), table.schema());
  data::MemorySink customers;
  testing::MemorySpill spill;
  Result result;
  comm::run_threads(ways.ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(ways.budget);
    {
      const auto sets = SetIndex::read(communicator, table, budget);
      const ItemsetGroups found(communicator, table, sets, condition ? &*condition : nullptr, lines_of(lines), options, budget,
                                spill);
      found.write(communicator, customers);
      if (communicator.is_root()) {
        result.otherwise = found.otherwise();
        result.passes = found.passes();
        const auto groups = testing::make_table("groups", found.groups_table().columns);
        EXPECT_EQ(groups.schema().fields, groups_schema(options.by).fields);
        EXPECT_EQ(groups.rows(), found.groups() + 1);
        result.groups = testing::shown_rows(groups);
      }
    }
    EXPECT_EQ(budget.available(), budget.limit());
  });
  parallel::set_thread_count(1);
  result.spilled_reads = spill.reads();
  if (customers.rows_written() == 0) return result;
  const auto written = customers.table("customers");
  EXPECT_EQ(written.schema().fields, itemset_groups_schema(lines.schema()[*lines.schema().find("customer")], options.by).fields);
  result.customers = testing::shown_rows(written);
  return result;
}

double strength_of(const PlainSets& sets, const std::vector<std::int32_t>& set, Strength by) {
  if (by == Strength::size) return static_cast<double>(set.size());
  const auto baskets = static_cast<double>(sets.baskets);
  double independent = 1;
  for (const auto item : set) independent *= static_cast<double>(sets.count({item})) / baskets;
  const auto count = static_cast<double>(sets.count(set));
  return by == Strength::lift ? count / baskets / independent : by == Strength::leverage ? count / baskets - independent : count;
}

/// Customers set by set: the strongest that they hold comes first in what is sorted.
Result looked_at(const PlainSets& sets, const Purchases& purchases, const testing::Values& customers,
                 const testing::Values& items, const GroupOptions& options) {
  Result result;
  std::vector<std::vector<std::int32_t>> order;
  for (const auto& [set, count] : sets.sets) {
    if (std::ssize(set) >= options.least_size) order.push_back(set);
  }
  std::ranges::stable_sort(
      order, [&](const auto& a, const auto& b) { return strength_of(sets, a, options.by) > strength_of(sets, b, options.by); });
  if (std::ssize(order) > options.top) order.resize(static_cast<std::size_t>(options.top));
  std::vector<std::string> shown;
  for (const auto& set : order) {
    std::string name;
    for (const auto item : set) {
      auto cell = items.cell(item);
      std::erase(cell, '\'');
      name += (name.empty() ? "" : options.separator) + cell;
    }
    shown.push_back(fmt::format("'{}'|{}|{}|", name, sets.rows.at(set), set.size()));
    if (options.by != Strength::size) shown.back() += fmt::format("{}|", strength_of(sets, set, options.by));
  }
  shown.push_back(options.by == Strength::size ? "'otherwise'|-|-|" : "'otherwise'|-|-|-|");
  std::vector<std::int64_t> members(shown.size(), 0);
  for (const auto customer : testing::in_order(purchases, customers)) {
    const auto& bought = purchases.at(customer);
    std::size_t group = 0;
    while (group < order.size() && !std::ranges::all_of(order[group], [&](auto item) { return bought.contains(item); })) ++group;
    ++members[group];
    result.customers.push_back(customers.cell(customer) + "|" + shown[group]);
  }
  for (std::size_t group = 0; group < shown.size(); ++group)
    result.groups.push_back(fmt::format("{}{}|{}|", shown[group], members[group],
                                        static_cast<double>(members[group]) / static_cast<double>(purchases.size())));
  result.otherwise = members.back();
  return result;
}

TEST(ItemsetGroups, AgreeWithALookAtEverySet) {
  const PlainSets sets(testing::random_baskets(300, 9, 0.7), 20);
  const auto purchases = testing::random_purchases(300, 9, 7);
  struct Case {
    Kind customer, line_item, set_item;
    Strength by;
    std::int64_t top, least_size;
  };
  for (const Case& c : {Case{Kind::close, Kind::category, Kind::category, Strength::lift, 20, 2},
                        Case{Kind::far, Kind::string, Kind::category, Strength::leverage, 5, 2},
                        Case{Kind::string, Kind::category, Kind::string, Strength::count, 10, 3},
                        Case{Kind::category, Kind::close, Kind::close, Strength::size, 1000, 1},
                        Case{Kind::date, Kind::far, Kind::far, Strength::lift, 1, 4}}) {
    const auto lines = testing::lines_table(purchases, c.customer, c.line_item);
    const GroupOptions options{.by = c.by, .top = c.top, .least_size = c.least_size, .separator = " + "};
    const auto expected = looked_at(sets, purchases, testing::Values(c.customer), testing::Values(c.line_item, 1), options);
    const auto found = group(sets.sets_table(c.set_item), lines, options);
    EXPECT_EQ(found.customers, expected.customers);
    EXPECT_EQ(found.groups, expected.groups);
    EXPECT_EQ(found.otherwise, expected.otherwise);
    EXPECT_LT(found.otherwise, std::ssize(purchases));
  }
}

TEST(ItemsetGroups, AreTheSameOnAnyRanksThreadsAndBudgets) {
  const PlainSets sets(testing::random_baskets(300, 8, 0.7), 20);
  const auto purchases = testing::random_purchases(40'000, 8, 3);
  const auto lines = testing::lines_table(purchases, Kind::category, Kind::string);
  ASSERT_GT(lines.rows(), 65'536);
  const auto table = sets.sets_table(Kind::category);
  const GroupOptions options{.by = Strength::lift, .top = 10};
  const auto expected = looked_at(sets, purchases, testing::Values(Kind::category), testing::Values(Kind::string, 1), options);
  std::int64_t most_passes = 0, spilled = 0;
  for (const Ways ways : {Ways{1, 1}, Ways{1, 2}, Ways{2, 2}, Ways{3, 1}, Ways{4, 2}, Ways{1, 2, 2 << 20}, Ways{2, 1, 2 << 20},
                          Ways{3, 2, 3 << 19}, Ways{4, 1, 3 << 19}}) {
    const auto found = group(table, lines, options, ways);
    EXPECT_TRUE(found.customers == expected.customers) << ways.ranks << " ranks, " << ways.budget << " bytes";
    EXPECT_EQ(found.groups, expected.groups);
    most_passes = std::max(most_passes, found.passes);
    spilled += found.spilled_reads;
  }
  EXPECT_GT(most_passes, 1);
  EXPECT_GT(spilled, 0);
}

TEST(ItemsetGroups, AConditionSaysWhichSetsMakeGroups) {
  // Rows: 0 {0}, 1 {1}, 2 {1 0}, 3 {2}, 4 {2 0}
  const PlainSets sets({{{0, 1}, 5}, {{0, 2}, 3}, {{0}, 2}}, 1);
  const auto lines = testing::make_table(
      "lines", {testing::int64_column("customer", {1, 1, 1, 2, 2}), testing::int64_column("item", {-49, -48, -47, -49, -48})});
  const GroupOptions by_count{.by = Strength::count};
  EXPECT_THAT(group(sets.sets_table(Kind::close), lines, by_count).customers,
              ElementsAre("1|'-48, -49'|2|2|5|", "2|'-48, -49'|2|2|5|"));
  EXPECT_THAT(group(sets.sets_table(Kind::close), lines, by_count, {}, "count < 5").customers,
              ElementsAre("1|'-47, -49'|4|2|3|", "2|'otherwise'|-|-|-|"));
}

TEST(ItemsetGroups, WithoutSetsEverybodyIsInNone) {
  const PlainSets none;
  const PlainSets sets({{{0, 1}, 5}}, 1);
  const auto lines = testing::make_table(
      "lines", {testing::string_column("customer", {"b", "a"}), testing::int64_column("item", {1, std::nullopt})});
  for (const int ranks : {1, 3}) {
    const auto found = group(none.sets_table(Kind::close), lines, {}, {.ranks = ranks});
    EXPECT_THAT(found.customers, ElementsAre("'a'|'otherwise'|-|-|-|", "'b'|'otherwise'|-|-|-|"));
    EXPECT_THAT(found.groups, ElementsAre("'otherwise'|-|-|-|2|1|"));
    const auto no_lines =
        testing::make_table("lines", {testing::string_column("customer", {}), testing::int64_column("item", {})});
    const auto nobody = group(sets.sets_table(Kind::close), no_lines, {}, {.ranks = ranks});
    EXPECT_THAT(nobody.customers, IsEmpty());
    EXPECT_THAT(nobody.groups, ElementsAre("'-48, -49'|2|2|1|0|-|", "'otherwise'|-|-|-|0|-|"));
  }
}

TEST(ItemsetGroups, AReadErrorOnOneRankIsTheErrorOfAll) {
  const PlainSets sets(testing::random_baskets(100, 6, 0.7), 20);
  const auto lines = testing::lines_table(testing::random_purchases(2'000, 6, 3), Kind::string, Kind::string);
  parallel::set_thread_count(2);
  const int reads = testing::break_every_read(
      lines, [&](comm::Communicator& communicator, const data::BlockSource& source, data::Budget& budget) {
        testing::MemorySpill spill;
        const auto table = sets.sets_table(Kind::category);
        const auto index = SetIndex::read(communicator, table, budget);
        const ItemsetGroups found(communicator, table, index, nullptr, lines_of(source), {}, budget, spill);
      });
  parallel::set_thread_count(1);
  EXPECT_GE(reads, 3 * 3);
}

TEST(ItemsetGroups, AReadErrorOfTheSetsIsTheErrorOfAll) {
  const PlainSets sets(testing::random_baskets(100, 6, 0.7), 20);
  const auto lines = testing::lines_table(testing::random_purchases(200, 6, 3), Kind::string, Kind::string);
  const auto table = sets.sets_table(Kind::category);
  const auto where = data::BoundExpression::bind_condition(data::Expression::parse("count > 1"), table.schema());
  std::vector<std::string> messages(3);
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(ample);
    testing::MemorySpill spill;
    const auto index = SetIndex::read(communicator, table, budget);
    const testing::BrokenSource broken(table, {0, communicator.rank() == 1 ? 1 : 0});
    try {
      const ItemsetGroups found(communicator, broken, index, &where, lines_of(lines), {}, budget, spill);
    } catch (const base::Error& error) {
      messages[static_cast<std::size_t>(communicator.rank())] = error.what();
    }
  });
  EXPECT_THAT(messages[0], ::testing::HasSubstr("rank 1"));
  EXPECT_EQ(messages[1], messages[0]);
  EXPECT_EQ(messages[2], messages[0]);
}

}  // namespace
}  // namespace fullbase::itemsets
