#include "algorithms/itemsets/rule_rows.hpp"

#include <utility>

namespace fullbase::itemsets {

std::vector<std::int32_t> text_lengths(const SetIndex& sets, std::int64_t separator) {
  std::vector<std::int32_t> lengths(static_cast<std::size_t>(sets.rows()));
  for (std::int32_t row = 0; row < sets.rows(); ++row) {
    std::int64_t length = std::ssize(sets.name(sets.item(row)));
    if (sets.rest(row) >= 0) length += separator + lengths[static_cast<std::size_t>(sets.rest(row))];
    lengths[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(length);
  }
  return lengths;
}

RuleRows::RuleRows(const SetIndex& sets, const RuleOptions& options, std::int64_t rows) : sets_(sets), options_(options) {
  for (auto& column : columns_) column.reserve(static_cast<std::size_t>(rows));
  for (auto& metric : metrics_) metric.reserve(static_cast<std::size_t>(rows));
}

void RuleRows::add(const FoundRule& rule) {
  if (options_.names) {
    text_.clear();
    sets_.append_text(rule.antecedent, options_.separator, text_);
    antecedents_.push_back(text_);
    text_.clear();
    sets_.append_text(rule.consequent, options_.separator, text_);
    consequents_.push_back(text_);
  }
  const std::int64_t numbers[] = {rule.antecedent, rule.consequent, rule.itemset, rule.counts.both};
  for (std::size_t c = 0; c < std::size(columns_); ++c) columns_[c].push_back(numbers[c]);
  const double values[] = {support(rule.counts), confidence(rule.counts), lift(rule.counts), leverage(rule.counts),
                           conviction(rule.counts)};
  for (std::size_t m = 0; m < std::size(metrics_); ++m) metrics_[m].push_back(values[m]);
}

data::Batch RuleRows::take(std::int64_t first) {
  const auto schema = rules_schema(options_.names);
  data::Batch batch{.rows = {first, first + size()}, .columns = {}};
  int field = 0;
  if (options_.names) {
    batch.columns.emplace_back(schema[field++], std::move(antecedents_));
    batch.columns.emplace_back(schema[field++], std::move(consequents_));
  }
  for (auto& column : columns_) batch.columns.emplace_back(schema[field++], std::move(column));
  for (auto& metric : metrics_) batch.columns.emplace_back(schema[field++], std::move(metric));
  return batch;
}

}  // namespace fullbase::itemsets
