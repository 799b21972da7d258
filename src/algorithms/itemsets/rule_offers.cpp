#include "algorithms/itemsets/rule_offers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "parallel/scan.hpp"

namespace fullbase::itemsets {
namespace {

/// The columns that tie a rule to the table of sets.
constexpr std::array links = {"antecedent_set", "consequent_set", "itemset", "count"};

/// Whether the rule at a row of a batch of `links` is one of these sets: its parts and its whole have to be among them, and the
/// whole in as many baskets as the rule says.
bool is_rule_of(const data::Batch& batch, std::size_t row, const SetIndex& sets) {
  const auto set = [&](std::size_t column) { return batch[column].int64s()[row]; };
  for (std::size_t column = 0; column < 3; ++column) {
    if (set(column) < 0 || set(column) >= sets.rows()) return false;
  }
  const auto size = [&](std::size_t column) { return sets.size(static_cast<std::int32_t>(set(column))); };
  return size(0) + size(1) == size(2) && sets.count(static_cast<std::int32_t>(set(2))) == batch[3].int64s()[row];
}

/// Rows from the greatest value to the least, NaN last; equal ones in their order.
std::vector<std::int32_t> order_by(std::span<const double> values) {
  std::vector<std::int32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](std::int32_t a, std::int32_t b) {
    const double x = values[static_cast<std::size_t>(a)];
    const double y = values[static_cast<std::size_t>(b)];
    if (std::isnan(x) != std::isnan(y)) return std::isnan(y);
    return x > y || (!(x < y) && a < b);
  });
  return order;
}

struct LabelledOffer {
  std::int32_t antecedent;  ///< its label
  RuleOffers::Offer offer;
  auto key() const noexcept { return std::tuple(antecedent, offer.item, offer.place); }
};

}  // namespace

const char* column_name(Metric metric) noexcept {
  switch (metric) {
    case Metric::support:
      return "support";
    case Metric::confidence:
      return "confidence";
    case Metric::lift:
      return "lift";
    case Metric::leverage:
      return "leverage";
    case Metric::conviction:
      return "conviction";
  }
  return "";
}

void check_rules_schema(const data::Schema& rules) {
  for (const auto& field : rules_schema(false).fields) {
    const auto column = rules.find(field.name);
    if (column && rules[*column].type == field.type && (!rules[*column].nullable || field.type == data::Type::float64)) continue;
    throw base::job_file_error(
        column ? fmt::format("a table of rules whose column '{}' is {}{} and not {}", field.name, data::type_text(rules[*column]),
                             rules[*column].nullable ? ", missing in places," : "", data::type_text(field))
               : fmt::format("a table without the column '{}' is none of rules", field.name),
        "from.rules", "name a step of `job: rules`");
  }
}

RuleOffers::RuleOffers(const data::BlockSource& rules, const SetIndex& sets, Metric by, std::span<const Metric> metrics,
                       data::Budget& budget) {
  check_rules_schema(rules.schema());
  if (rules.rows() >= std::numeric_limits<std::int32_t>::max())
    throw base::input_error(fmt::format("{} rules are more than 2^31 - 2", rules.rows()), rules.name(),
                            "keep fewer of them: a higher `confidence`, or `top`");
  const auto while_read = require_whole(budget, rules.rows() * 20, "the rules, while they are read,");
  memory_ = require_whole(budget, rules.rows() * (8 + 8 * std::ssize(metrics)), "the rules");
  auto sides = read(rules, sets, metrics);
  const auto at = std::ranges::find(metrics, by);
  FULLBASE_EXPECTS(at != metrics.end(), "what rules are ordered by is among the values");
  const auto order = order_by(values_[static_cast<std::size_t>(at - metrics.begin())]);
  const auto put_in_order = [&]<class T>(std::vector<T>& values) {
    std::vector<T> ordered;
    ordered.reserve(order.size());
    for (const std::int32_t row : order) ordered.push_back(values[static_cast<std::size_t>(row)]);
    values = std::move(ordered);
  };
  rows_ = rules.source_rows({0, rules.rows()});
  put_in_order(rows_);
  put_in_order(sides);
  for (auto& values : values_) put_in_order(values);
  make_offers(sides, sets, budget);
}

std::vector<RuleOffers::Sides> RuleOffers::read(const data::BlockSource& rules, const SetIndex& sets,
                                                std::span<const Metric> metrics) {
  std::vector<int> columns;
  for (const char* const link : links) columns.push_back(*rules.schema().find(link));
  for (const Metric metric : metrics) columns.push_back(*rules.schema().find(column_name(metric)));
  std::vector<Sides> sides(static_cast<std::size_t>(rules.rows()));
  values_.assign(metrics.size(), std::vector<double>(sides.size()));
  parallel::scan(rules, {0, rules.rows()}, columns, [&](data::Batch&& batch, int) {
    for (std::int64_t row = batch.rows.first; row < batch.rows.last; ++row) {
      const auto in_batch = static_cast<std::size_t>(row - batch.rows.first);
      const auto i = static_cast<std::size_t>(row);
      if (!is_rule_of(batch, in_batch, sets))
        throw base::input_error("this rule is none of the sets", fmt::format("{}[{}]", rules.name(), rules.source_row(row)),
                                "name as `sets` the whole table of sets that the rules were made of");
      sides[i] = {static_cast<std::int32_t>(batch[0].int64s()[in_batch]), static_cast<std::int32_t>(batch[1].int64s()[in_batch])};
      for (std::size_t m = 0; m < metrics.size(); ++m) values_[m][i] = batch[links.size() + m].float64s()[in_batch];
    }
  });
  return sides;
}

void RuleOffers::make_offers(std::span<const Sides> rules, const SetIndex& sets, data::Budget& budget) {
  // Antecedents are labelled as they come in the table of sets.
  const auto labels_memory = require_whole(budget, 4 * std::int64_t{sets.rows()}, "the antecedents");
  std::vector<std::int32_t> labels(static_cast<std::size_t>(sets.rows()), -1);
  std::int64_t items = 0;
  for (const Sides& rule : rules) {
    labels[static_cast<std::size_t>(rule.antecedent)] = 0;
    items += sets.size(rule.consequent);
  }
  std::int32_t antecedents = 0;
  for (auto& label : labels) {
    if (label == 0) label = antecedents++;
  }
  const auto while_made = require_whole(budget, 12 * items, "the consequents, while they are read,");
  offers_memory_ = require_whole(budget, 8 * items + 12 * std::int64_t{antecedents}, "the consequents");
  std::vector<LabelledOffer> all;
  all.reserve(static_cast<std::size_t>(items));
  counts_.assign(static_cast<std::size_t>(antecedents), 0);
  for (std::size_t place = 0; place < rules.size(); ++place) {
    const std::int32_t label = labels[static_cast<std::size_t>(rules[place].antecedent)];
    ++counts_[static_cast<std::size_t>(label)];
    for (const std::int32_t item : sets.items_of(rules[place].consequent))
      all.push_back({label, {item, static_cast<std::int32_t>(place)}});
  }
  // Of one antecedent's offers of an item the best comes first, and stays.
  std::ranges::sort(all, {}, &LabelledOffer::key);
  const auto repeated =
      std::ranges::unique(all, {}, [](const LabelledOffer& some) { return std::pair(some.antecedent, some.offer.item); });
  all.erase(repeated.begin(), repeated.end());
  starts_.assign(static_cast<std::size_t>(antecedents) + 1, 0);
  offers_.reserve(all.size());
  for (const auto& [antecedent, offer] : all) {
    offers_.push_back(offer);
    ++starts_[static_cast<std::size_t>(antecedent) + 1];
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  tree_.emplace(sets, labels, budget);
}

}  // namespace fullbase::itemsets
