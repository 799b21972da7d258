#include "algorithms/itemsets/best_rules.hpp"

#include <algorithm>
#include <utility>

#include "comm/cut_positions.hpp"
#include "comm/reduction.hpp"
#include "comm/shuffle.hpp"

namespace fullbase::itemsets {
namespace {

double value_of(const RuleCounts& counts, Metric by) noexcept {
  switch (by) {
    case Metric::support:
      return support(counts);
    case Metric::confidence:
      return confidence(counts);
    case Metric::lift:
      return lift(counts);
    case Metric::leverage:
      return leverage(counts);
    case Metric::conviction:
      break;
  }
  return conviction(counts);
}

/// The first position, the rarest item, becomes the highest bit: then consequents of a set compare as their sets do.
std::uint32_t reversed(std::uint32_t bits) noexcept {
  std::uint32_t result = 0;
  for (int i = 0; i < 32; ++i) result |= (bits >> i & 1) << (31 - i);
  return result;
}

}  // namespace

RankedRule::RankedRule(const FoundRule& rule, Metric by) noexcept
    : key(~comm::ordered_bits(value_of(rule.counts, by))),
      place(static_cast<std::uint64_t>(rule.itemset) << 32 | reversed(rule.parts)) {}

std::uint32_t RankedRule::parts() const noexcept {
  return reversed(static_cast<std::uint32_t>(place));
}

void BestRules::add(std::vector<RankedRule>& rules) {
  const std::scoped_lock lock(mutex_);
  for (const auto& rule : rules) {
    if (!may_enter(rule)) continue;
    rules_.push_back(rule);
    if (std::ssize(rules_) >= 2 * most_) drop_others();
  }
  rules.clear();
}

void BestRules::drop_others() {
  if (std::ssize(rules_) <= most_) return;
  const auto last = rules_.begin() + most_;
  std::nth_element(rules_.begin(), last - 1, rules_.end());
  rules_.erase(last, rules_.end());
  worst_.store(rules_.back().key, std::memory_order_relaxed);
}

std::vector<RankedRule> BestRules::take() {
  drop_others();
  std::ranges::sort(rules_);
  return std::move(rules_);
}

std::vector<RankedRule> first_of_all(comm::Communicator& communicator, std::vector<RankedRule> rules, std::int64_t most) {
  const auto all = communicator.sum_value<std::int64_t>(std::ssize(rules));
  const auto target = std::min(all, most);
  const auto cut = comm::cut_positions(
      communicator, std::ssize(rules),
      [&](std::int64_t position, int level) {
        const auto& rule = rules[static_cast<std::size_t>(position)];
        return level == 0 ? rule.key : rule.place;
      },
      2, std::span(&target, 1), comm::Cut::exact);
  const auto kept = cut.front();
  std::vector<std::int64_t> keys;
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < kept; ++i) {
    keys.push_back(comm::int64_of_ordered_bits(rules[static_cast<std::size_t>(i)].key));
    places.push_back(static_cast<std::int64_t>(rules[static_cast<std::size_t>(i)].place));
  }
  rules = {};
  data::Batch batch{.rows = {0, kept}, .columns = {}};
  batch.columns.emplace_back(data::Field{.name = "key", .type = data::Type::int64}, std::move(keys));
  batch.columns.emplace_back(data::Field{.name = "place", .type = data::Type::int64}, std::move(places));
  const auto sorted = comm::shuffle(communicator, std::move(batch), {.keys = {0, 1}});
  const auto sorted_keys = sorted.batch[0].int64s();
  const auto sorted_places = sorted.batch[1].int64s();
  for (std::size_t i = 0; i < sorted_keys.size(); ++i) {
    rules.emplace_back();
    rules.back().key = comm::ordered_bits(sorted_keys[i]);
    rules.back().place = static_cast<std::uint64_t>(sorted_places[i]);
  }
  return rules;
}

}  // namespace fullbase::itemsets
