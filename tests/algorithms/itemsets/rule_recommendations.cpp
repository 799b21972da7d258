// Recommendations against a look at every rule for every customer, over types, ranks, threads and budgets.
#include "algorithms/itemsets/rule_recommendations.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/itemsets/customer_tables.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "comm/launch.hpp"
#include "data/make_batch.hpp"
#include "every_read.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

using testing::ample;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Kind;
using testing::lines_of;
using testing::PlainSets;
using testing::Purchases;
using testing::Ways;

struct Result {
  std::vector<std::string> recommendations;
  std::vector<std::string> customers;
  BasketFacts facts;
  std::int64_t passes = 0;
  std::int64_t served = 0;
  std::int64_t spilled_reads = 0;
};

Result recommend(const data::BlockSource& rules, const data::BlockSource& table, const CustomerLines& lines,
                 const RecommendOptions& options = {}, Ways run = {}) {
  parallel::set_thread_count(run.threads);
  data::MemorySink recommendations, customers;
  testing::MemorySpill spill;
  Result result;
  const auto schema =
      recommendations_schema(lines.source->schema()[lines.customer], lines.source->schema()[lines.item], options.by);
  comm::run_threads(run.ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(run.budget);
    {
      const auto sets = SetIndex::read(communicator, table, budget);
      const RuleRecommendations found(communicator, rules, sets, lines, options, budget, spill);
      found.write(communicator, recommendations);
      found.write_customers(communicator, customers);
      EXPECT_EQ(found.dictionaries().size(), static_cast<std::size_t>(schema.columns()));
      if (communicator.is_root()) {
        result.facts = found.facts();
        result.passes = found.passes();
        result.served = found.served();
        EXPECT_EQ(found.rules(), rules.rows());
      }
      EXPECT_EQ(communicator.sum_value(communicator.is_root() ? found.rows() : 0), found.rows());
    }
    EXPECT_EQ(budget.available(), budget.limit());
  });
  parallel::set_thread_count(1);
  result.spilled_reads = spill.reads();
  if (recommendations.rows_written() > 0) {
    const auto written = recommendations.table("recommendations");
    EXPECT_EQ(written.schema().fields, schema.fields);
    result.recommendations = testing::shown_rows(written);
  }
  if (customers.rows_written() > 0) {
    const auto written = customers.table("customers");
    EXPECT_EQ(written.schema().fields, recommended_customers_schema(lines.source->schema()[lines.customer]).fields);
    result.customers = testing::shown_rows(written);
  }
  return result;
}

double value_of(const testing::PlainRule& rule, Metric by) {
  return by == Metric::lift       ? rule.lift
         : by == Metric::support  ? rule.support
         : by == Metric::leverage ? rule.leverage
                                  : rule.confidence;
}

/// Both tables' rows, rule by rule.
Result looked_at(const PlainSets& sets, const Purchases& purchases, const testing::Values& customers,
                 const testing::Values& items, Metric by, std::size_t top) {
  Result result;
  std::map<std::int64_t, std::string> item_cells;
  for (const auto& rule : sets.rules) {
    for (const auto item : rule.consequent) item_cells.try_emplace(item, items.cell(item));
  }
  for (const auto customer : testing::in_order(purchases, customers)) {
    const auto& bought = purchases.at(customer);
    std::map<std::int32_t, std::size_t> best;
    std::int64_t fired = 0;
    for (std::size_t r = 0; r < sets.rules.size(); ++r) {
      const auto& rule = sets.rules[r];
      if (!std::ranges::all_of(rule.antecedent, [&](auto item) { return bought.contains(item); })) continue;
      ++fired;
      for (const auto item : rule.consequent) {
        if (bought.contains(item)) continue;
        const auto [at, is_new] = best.try_emplace(item, r);
        if (!is_new && value_of(rule, by) > value_of(sets.rules[at->second], by)) at->second = r;
      }
    }
    std::vector<std::pair<std::int32_t, std::size_t>> found(best.begin(), best.end());
    std::ranges::sort(found, [&](const auto& a, const auto& b) {
      const double x = value_of(sets.rules[a.second], by), y = value_of(sets.rules[b.second], by);
      if (x != y) return x > y;
      return a.second != b.second ? a.second < b.second : items.less(a.first, b.first);
    });
    if (found.size() > top) found.resize(top);
    const auto cell = customers.cell(customer);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& rule = sets.rules[found[i].second];
      auto row = fmt::format("{}|{}|{}|{}|{}|{}|{}|", cell, static_cast<double>(i + 1), item_cells.at(found[i].first),
                             static_cast<double>(found[i].second), rule.confidence, rule.lift, rule.support);
      if (by == Metric::leverage) row += fmt::format("{}|", rule.leverage);
      result.recommendations.push_back(std::move(row));
    }
    if (!found.empty()) ++result.served;
    result.customers.push_back(fmt::format("{}|{}|{}|{}|", cell, bought.size(), fired, found.size()));
  }
  return result;
}

TEST(RuleRecommendations, OfAShop) {
  // bread 0, butter 1, jam 2: who buys bread and butter buys jam.
  const PlainSets sets({{{0, 1, 2}, 6}, {{0, 1}, 2}, {{0}, 2}, {{2}, 1}}, 1);
  const auto lines = testing::make_table(
      "lines", {testing::string_column("customer", {"eve", "ann", "ann", "bob", "bob", "bob", "dan", "joe", std::nullopt}),
                testing::string_column("item", {"key 7919", "key 7919", "key 15838", "key 7919", "key 15838", "key 23757 long",
                                                "caviar", std::nullopt, "key 7919"})});
  const auto found =
      recommend(sets.rules_table(), sets.sets_table(Kind::category), lines_of(lines), {.by = Metric::confidence, .top = 5});
  // ann has bread and butter: jam by {1 0} -> {2}, confidence 6/8; eve has bread: butter 8/10, jam 6/10.
  EXPECT_EQ(found.recommendations.size(), 3U);
  EXPECT_THAT(found.recommendations[0], HasSubstr("'ann'|1|'key 23757 long'|"));
  EXPECT_THAT(found.recommendations[0], HasSubstr("|0.75|"));
  EXPECT_THAT(found.recommendations[1], HasSubstr("'eve'|1|'key 15838'|"));
  EXPECT_THAT(found.recommendations[1], HasSubstr("|0.8|"));
  EXPECT_THAT(found.recommendations[2], HasSubstr("'eve'|2|'key 23757 long'|"));
  // bob has everything, dan what no set knows, joe nothing.
  ASSERT_EQ(found.customers.size(), 5U);
  EXPECT_THAT(found.customers[1], ::testing::StartsWith("'bob'|3|"));
  EXPECT_THAT(found.customers[1], ::testing::EndsWith("|0|"));
  EXPECT_EQ(found.customers[2], "'dan'|1|0|0|");
  EXPECT_EQ(found.customers[4], "'joe'|0|0|0|");
  EXPECT_EQ(found.served, 2);
  EXPECT_EQ(found.facts.missing_keys, 1);
  EXPECT_EQ(found.facts.missing_items, 1);
}

TEST(RuleRecommendations, AgreeWithALookAtEveryRule) {
  const PlainSets sets(testing::random_baskets(300, 9, 0.7), 20);
  ASSERT_GT(sets.rules.size(), 200U);
  const auto purchases = testing::random_purchases(200, 9, 7);
  struct Case {
    Kind customer, line_item, set_item;
    Metric by;
    std::size_t top;
  };
  for (const Case& c : {Case{Kind::close, Kind::category, Kind::category, Metric::confidence, 5},
                        Case{Kind::far, Kind::category, Kind::string, Metric::lift, 2},
                        Case{Kind::string, Kind::string, Kind::category, Metric::leverage, 1},
                        Case{Kind::category, Kind::close, Kind::close, Metric::support, 100},
                        Case{Kind::category, Kind::far, Kind::far, Metric::lift, 3}}) {
    const auto lines = testing::lines_table(purchases, c.customer, c.line_item);
    const testing::Values customers(c.customer), items(c.line_item, 1);
    const auto expected = looked_at(sets, purchases, customers, items, c.by, c.top);
    const auto found = recommend(sets.rules_table(), sets.sets_table(c.set_item), lines_of(lines),
                                 {.by = c.by, .top = static_cast<std::int64_t>(c.top)});
    EXPECT_EQ(found.recommendations, expected.recommendations);
    EXPECT_EQ(found.customers, expected.customers);
    EXPECT_EQ(found.served, expected.served);
  }
}

TEST(RuleRecommendations, AreTheSameOnAnyRanksThreadsAndBudgets) {
  const PlainSets sets(testing::random_baskets(300, 8, 0.7), 20);
  const auto purchases = testing::random_purchases(25'000, 8, 3);
  const auto lines = testing::lines_table(purchases, Kind::category, Kind::string);
  ASSERT_GT(lines.rows(), 65'536);
  const auto table = sets.sets_table(Kind::category);
  const auto rules = sets.rules_table();
  const auto expected =
      looked_at(sets, purchases, testing::Values(Kind::category), testing::Values(Kind::string, 1), Metric::lift, 3);
  std::int64_t most_passes = 0, spilled = 0;
  for (const Ways run : {Ways{1, 1}, Ways{1, 2}, Ways{2, 2}, Ways{3, 1}, Ways{4, 2}, Ways{1, 2, 3 << 20}, Ways{2, 1, 3 << 20},
                         Ways{3, 2, 2 << 20}, Ways{4, 1, 2 << 20}}) {
    const auto found = recommend(rules, table, lines_of(lines), {.by = Metric::lift, .top = 3}, run);
    EXPECT_EQ(found.recommendations == expected.recommendations, true) << run.ranks << " ranks, " << run.budget << " bytes";
    EXPECT_EQ(found.customers == expected.customers, true) << run.ranks << " ranks, " << run.budget << " bytes";
    EXPECT_EQ(found.served, expected.served);
    most_passes = std::max(most_passes, found.passes);
    spilled += found.spilled_reads;
  }
  EXPECT_GT(most_passes, 1);
  EXPECT_GT(spilled, 0);
}

TEST(RuleRecommendations, LinesThatDoNotCountLeaveCustomersOut) {
  const PlainSets sets({{{0, 1}, 4}, {{0}, 1}}, 1);
  const auto lines = testing::make_table(
      "lines", {testing::int64_column("customer", {7, 8, 9, 10}), testing::int64_column("item", {-49, -49, -49, -49}),
                testing::date_column("day", {10, 20, std::nullopt, 11})});
  auto of = lines_of(lines);
  of.time = 2;
  of.as_of = 20 * base::microseconds_per_day;
  const auto where = data::BoundExpression::bind_condition(data::Expression::parse("customer < 10"), lines.schema());
  of.where = &where;
  const auto found = recommend(sets.rules_table(), sets.sets_table(Kind::close), of);
  EXPECT_THAT(found.customers, ElementsAre("7|1|1|1|"));
  EXPECT_EQ(found.facts.filtered, 1);
  EXPECT_EQ(found.facts.after_as_of, 1);
  EXPECT_EQ(found.facts.missing_times, 1);
}

TEST(RuleRecommendations, WithoutRulesSetsOrLinesEverybodyIsThere) {
  const PlainSets some({{{0, 1}, 4}, {{0}, 1}}, 1);
  PlainSets no_rules = some;
  no_rules.rules.clear();
  const auto lines =
      testing::make_table("lines", {testing::int64_column("customer", {7, 8}), testing::int64_column("item", {-49, 5})});
  for (const int ranks : {1, 3}) {
    const auto without_rules =
        recommend(no_rules.rules_table(), some.sets_table(Kind::close), lines_of(lines), {}, {.ranks = ranks});
    EXPECT_THAT(without_rules.recommendations, IsEmpty());
    EXPECT_THAT(without_rules.customers, ElementsAre("7|1|0|0|", "8|1|0|0|"));
    const PlainSets none;
    const auto without_sets = recommend(none.rules_table(), none.sets_table(Kind::close), lines_of(lines), {}, {.ranks = ranks});
    EXPECT_EQ(without_sets.customers, without_rules.customers);
    const auto no_lines =
        testing::make_table("lines", {testing::int64_column("customer", {}), testing::int64_column("item", {})});
    const auto nobody = recommend(some.rules_table(), some.sets_table(Kind::close), lines_of(no_lines), {}, {.ranks = ranks});
    EXPECT_THAT(nobody.recommendations, IsEmpty());
    EXPECT_THAT(nobody.customers, IsEmpty());
  }
}

/// The error of recommending, the same on every rank.
std::string error_of(const data::BlockSource& rules, const data::BlockSource& table, const data::BlockSource& lines,
                     base::ErrorKind kind, std::int64_t bytes = ample) {
  std::vector<std::string> messages(3);
  testing::MemorySpill spill;
  comm::run_threads(3, [&](comm::Communicator& communicator) {
    data::Budget budget(bytes);
    try {
      const auto sets = SetIndex::read(communicator, table, budget);
      const RuleRecommendations found(communicator, rules, sets, lines_of(lines), {}, budget, spill);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), kind);
      messages[static_cast<std::size_t>(communicator.rank())] = error.what();
    }
  });
  EXPECT_EQ(messages[1], messages[0]);
  EXPECT_EQ(messages[2], messages[0]);
  return messages[0];
}

TEST(RuleRecommendations, RulesOfOtherSetsAreAnError) {
  const PlainSets sets({{{0, 1}, 4}, {{0}, 1}}, 1);
  const PlainSets others({{{0, 1}, 5}, {{0}, 1}}, 1);
  const PlainSets fewer({{{0}, 5}}, 1);
  const auto lines = testing::make_table("lines", {testing::int64_column("customer", {7}), testing::int64_column("item", {-49})});
  for (const auto* const wrong : {&others, &fewer}) {
    EXPECT_THAT(
        error_of(sets.rules_table(), wrong->sets_table(Kind::close), lines, base::ErrorKind::input_data),
        HasSubstr("rules[0]: this rule is none of the sets; name as `sets` the whole table of sets that the rules were made of"));
  }
  EXPECT_THAT(error_of(lines, sets.sets_table(Kind::close), lines, base::ErrorKind::job_file),
              HasSubstr("a table without the column 'antecedent_set' is none of rules"));
  EXPECT_THAT(error_of(sets.rules_table(), sets.sets_table(Kind::string), lines, base::ErrorKind::input_data),
              HasSubstr("is no whole number, as the lines have"));
}

TEST(RuleRecommendations, TooLittleMemoryIsOneErrorOfAll) {
  const PlainSets sets(testing::random_baskets(300, 9, 0.7), 20);
  const auto lines = testing::make_table("lines", {testing::int64_column("customer", {7}), testing::int64_column("item", {-49})});
  EXPECT_THAT(error_of(sets.rules_table(), sets.sets_table(Kind::close), lines, base::ErrorKind::job_file, 12'000),
              HasSubstr("memory"));
}

TEST(RuleRecommendations, AReadErrorOnOneRankIsTheErrorOfAll) {
  const PlainSets sets(testing::random_baskets(100, 6, 0.7), 20);
  const auto lines = testing::lines_table(testing::random_purchases(2'000, 6, 3), Kind::string, Kind::string);
  parallel::set_thread_count(2);
  const int reads = testing::break_every_read(
      lines, [&](comm::Communicator& communicator, const data::BlockSource& source, data::Budget& budget) {
        testing::MemorySpill spill;
        const auto index = SetIndex::read(communicator, sets.sets_table(Kind::category), budget);
        const RuleRecommendations found(communicator, sets.rules_table(), index, lines_of(source), {}, budget, spill);
      });
  parallel::set_thread_count(1);
  EXPECT_GE(reads, 3 * 3);
}

TEST(RuleRecommendations, ASpillThatFailsOnOneRankIsTheErrorOfAll) {
  const PlainSets sets(testing::random_baskets(100, 6, 0.7), 20);
  const auto lines = testing::lines_table(testing::random_purchases(40'000, 6, 3), Kind::close, Kind::string);
  for (const int broken : {0, 1}) {
    std::vector<std::string> messages(2);
    comm::run_threads(2, [&](comm::Communicator& communicator) {
      data::Budget budget(1536 << 10);
      testing::MemorySpill spill(communicator.rank() == broken ? 1 : -1);
      data::MemorySink sink;
      try {
        const auto index = SetIndex::read(communicator, sets.sets_table(Kind::category), budget);
        const RuleRecommendations found(communicator, sets.rules_table(), index, lines_of(lines), {}, budget, spill);
        found.write(communicator, sink);
      } catch (const base::Error& error) {
        EXPECT_EQ(error.kind(), base::ErrorKind::io);
        messages[static_cast<std::size_t>(communicator.rank())] = error.what();
      }
    });
    EXPECT_THAT(messages[0], HasSubstr("the disk is gone"));
    EXPECT_EQ(messages[1], messages[0]);
  }
}

}  // namespace
}  // namespace fullbase::itemsets
