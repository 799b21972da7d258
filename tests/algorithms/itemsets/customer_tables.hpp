// A small shop for what looks at each customer's purchases: sets and rules counted by the plainest means, lines in any order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/itemsets/customer_baskets.hpp"
#include "algorithms/itemsets/random_baskets.hpp"
#include "algorithms/itemsets/rule_metrics.hpp"
#include "algorithms/itemsets/rules.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "algorithms/tables/random_columns.hpp"
#include "comm/communicator.hpp"
#include "data/make_batch.hpp"

namespace fullbase::testing {

/// A rule between items.
struct PlainRule {
  std::vector<std::int32_t> antecedent;
  std::vector<std::int32_t> consequent;
  double confidence, lift, support, leverage;
};

/// Every set of `baskets` that at least `least` hold, and every rule of these whose confidence is 0.3 at least.
struct PlainSets {
  std::vector<std::pair<std::vector<std::int32_t>, std::int64_t>> sets;  ///< by row: items rarest first, and their baskets
  std::vector<PlainRule> rules;
  std::int64_t baskets = 0;
  std::map<std::vector<std::int32_t>, std::int64_t> rows;

  PlainSets() = default;
  PlainSets(const std::vector<WeightedBasket>& of, std::int64_t least) {
    for (const auto& [items, weight] : of) baskets += weight;
    for (auto& [set, count] : all_sets(of, least, 4)) {
      rows[set] = std::ssize(sets);
      sets.emplace_back(set, count);
    }
    for (const auto& [set, count] : sets) add_rules(set, count);
  }

  std::int64_t count(const std::vector<std::int32_t>& set) const { return sets[static_cast<std::size_t>(rows.at(set))].second; }

  /// The table of sets; items are the values that numbers stand for.
  data::MemoryTable sets_table(Kind kind, std::int64_t shift = 1) const {
    Optional<std::int64_t> sizes, counts, rests, items;
    std::vector<double> supports;
    for (const auto& [set, count] : sets) {
      sizes.push_back(std::ssize(set));
      counts.push_back(count);
      supports.push_back(static_cast<double>(count) / static_cast<double>(baskets));
      items.push_back(set.back() + shift);
      const std::vector<std::int32_t> rest(set.begin(), set.end() - 1);
      rests.push_back(rest.empty() ? std::nullopt : std::optional(rows.at(rest)));
    }
    return make_table("sets", {int64_column("size", sizes), int64_column("count", counts), float64_column("support", supports),
                               column_of(kind, "item", items), int64_column("rest", rests)});
  }

  data::MemoryTable rules_table() const {
    Optional<std::int64_t> antecedents, consequents, wholes, counts;
    std::vector<double> supports, confidences, lifts, leverages, convictions;
    for (const auto& rule : rules) {
      antecedents.push_back(rows.at(rule.antecedent));
      consequents.push_back(rows.at(rule.consequent));
      wholes.push_back(rows.at(whole(rule)));
      counts.push_back(count(whole(rule)));
      supports.push_back(rule.support);
      confidences.push_back(rule.confidence);
      lifts.push_back(rule.lift);
      leverages.push_back(rule.leverage);
      convictions.push_back(conviction(counts_of(rule.antecedent, rule.consequent)));
    }
    return make_table(
        "rules", {int64_column("antecedent_set", antecedents), int64_column("consequent_set", consequents),
                  int64_column("itemset", wholes), int64_column("count", counts), float64_column("support", supports),
                  float64_column("confidence", confidences), float64_column("lift", lifts), float64_column("leverage", leverages),
                  float64_column("conviction", convictions)});
  }

 private:
  static std::vector<std::int32_t> whole(const PlainRule& rule) {
    auto set = rule.antecedent;
    set.insert(set.end(), rule.consequent.begin(), rule.consequent.end());
    std::ranges::sort(set, std::greater<>());
    return set;
  }
  itemsets::RuleCounts counts_of(const std::vector<std::int32_t>& antecedent, const std::vector<std::int32_t>& consequent) const {
    return {count(whole({antecedent, consequent, 0, 0, 0, 0})), count(antecedent), count(consequent), baskets};
  }
  void add_rules(const std::vector<std::int32_t>& set, std::int64_t) {
    for (unsigned part = 1; part + 1 < 1U << set.size(); ++part) {
      PlainRule rule{};
      for (std::size_t i = 0; i < set.size(); ++i) (part >> i & 1 ? rule.consequent : rule.antecedent).push_back(set[i]);
      const auto counts = counts_of(rule.antecedent, rule.consequent);
      rule.confidence = itemsets::confidence(counts);
      rule.lift = itemsets::lift(counts);
      rule.support = itemsets::support(counts);
      rule.leverage = itemsets::leverage(counts);
      if (rule.confidence >= 0.3) rules.push_back(rule);
    }
  }
};

/// What customers bought: by number of the customer, numbers of items; those of `items` and beyond are in no set.
using Purchases = std::map<std::int64_t, std::set<std::int32_t>>;

inline Purchases random_purchases(std::int64_t customers, std::int32_t items, unsigned seed) {
  Purchases purchases;
  const auto baskets = random_baskets(customers, items + 3, 0.6, seed);
  for (std::int64_t c = 0; c < customers; ++c) {
    const auto& basket = baskets[static_cast<std::size_t>(c)].first;
    purchases[c * 3].insert(basket.begin(), basket.end());  // some have none
  }
  return purchases;
}

/// Their lines in any order, some of them twice, with lines that miss the customer; one without an item for who bought nothing.
/// Column `day` ascends with the lines' rows from 0 on.
inline data::MemoryTable lines_table(const Purchases& purchases, Kind customer_kind, Kind item_kind, unsigned seed = 1,
                                     std::int64_t shift = 1) {
  std::vector<std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>> lines;
  for (const auto& [customer, items] : purchases) {
    if (items.empty()) lines.emplace_back(customer, std::nullopt);
    for (const auto item : items) {
      lines.emplace_back(customer, item + shift);
      if (item % 4 == 0) lines.emplace_back(customer, item + shift);
      if (item % 7 == 0) lines.emplace_back(std::nullopt, item + shift);
    }
  }
  std::mt19937 random(seed);
  std::ranges::shuffle(lines, random);
  Optional<std::int64_t> customers, items, days;
  for (const auto& [customer, item] : lines) {
    customers.push_back(customer);
    items.push_back(item);
    days.push_back(std::ssize(days));
  }
  return make_table(
      "lines", {column_of(customer_kind, "customer", customers), column_of(item_kind, "item", items), int64_column("day", days)});
}

/// How values are shown, and compared with others of their kind.
class Values {
 public:
  explicit Values(Kind kind, std::int64_t shift = 0) : kind_(kind), shift_(shift) {}
  std::string cell(std::int64_t number) const { return testing::cell(column_of(kind_, "value", {number + shift_}), 0); }
  bool less(std::int64_t a, std::int64_t b) const { return is_text() ? text(a) < text(b) : a < b; }

 private:
  bool is_text() const { return kind_ == Kind::category || kind_ == Kind::string; }
  std::string text(std::int64_t number) const { return std::string(column_of(kind_, "value", {number + shift_}).text(0)); }

  Kind kind_;
  std::int64_t shift_;
};

/// Numbers of customers as their rows come.
inline std::vector<std::int64_t> in_order(const Purchases& purchases, const Values& values) {
  std::vector<std::int64_t> order;
  for (const auto& [customer, items] : purchases) order.push_back(customer);
  std::ranges::sort(order, [&](std::int64_t a, std::int64_t b) { return values.less(a, b); });
  return order;
}

/// Rows of a table, each as its cells.
inline std::vector<std::string> shown_rows(const data::MemoryTable& table) {
  std::vector<std::string> rows;
  std::vector<int> columns;
  for (int column = 0; column < table.schema().columns(); ++column) columns.push_back(column);
  for (std::int64_t row = 0; row < table.rows(); ++row) rows.push_back(cells(table.whole(), columns, row));
  return rows;
}

inline constexpr std::int64_t ample = std::int64_t{1} << 30;

/// Under what the same rows are to come out.
struct Ways {
  int ranks = 1;
  int threads = 1;
  std::int64_t budget = ample;
};

/// Columns `customer` and `item` of a table.
inline itemsets::CustomerLines lines_of(const data::BlockSource& lines) {
  itemsets::CustomerLines of;
  of.source = &lines;
  of.customer = *lines.schema().find("customer");
  of.item = *lines.schema().find("item");
  return of;
}

}  // namespace fullbase::testing
