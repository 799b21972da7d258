#include "algorithms/itemsets/basket_builder.hpp"

#include <algorithm>

#include "algorithms/itemsets/sort_items.hpp"

namespace fullbase::itemsets {

void BasketBuilder::begin_key(std::uint64_t code) {
  if (code_ != tables::missing_code) end_key();
  code_ = code;
}

void BasketBuilder::end_key() {
  if (within_ == 0) {
    end_basket();
    return;
  }
  const auto earlier = [](const auto& a, const auto& b) { return a.first < b.first; };
  // Lines of one time are in one basket, so their order says nothing.
  if (!times_ascend_) std::sort(timed_.begin(), timed_.end(), earlier);
  std::int64_t begin = timed_.front().first;
  for (const auto& [time, item] : timed_) {
    // The difference of any two times fits an unsigned word.
    if (static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(begin) >= static_cast<std::uint64_t>(within_)) {
      end_basket();
      begin = time;
    }
    add_item(item);
  }
  end_basket();
  timed_.clear();
  times_ascend_ = true;
}

/// The different items of the basket in work, ascending.
void BasketBuilder::settle() {
  if (ascends_) return;
  auto& items = baskets_.items;
  const auto first = items.begin() + static_cast<std::ptrdiff_t>(first_);
  sort_items(items.data() + first_, items.size() - first_);
  const auto last = std::unique(first, items.end());
  facts_.repeated += items.end() - last;
  facts_.lines += items.end() - last;
  items.erase(last, items.end());
  ascends_ = true;
  last_ = items.back();
}

void BasketBuilder::compact() {
  if (baskets_.items.size() - first_ < compact_at_) return;
  settle();
  compact_at_ = std::max(least_compacted, 2 * (baskets_.items.size() - first_));
}

void BasketBuilder::end_basket() {
  settle();
  const auto size = static_cast<std::int64_t>(baskets_.items.size() - first_);
  facts_.lines += size;
  ++facts_.baskets;
  facts_.empty_baskets += size == 0;
  facts_.longest_basket = std::max(facts_.longest_basket, size);
  baskets_.starts.push_back(static_cast<std::uint32_t>(baskets_.items.size()));
  if (wants_keys_) baskets_.keys.push_back(code_);
  first_ = baskets_.items.size();
  last_ = -1;
  compact_at_ = least_compacted;
}

Baskets BasketBuilder::take(BasketFacts& facts) {
  if (code_ != tables::missing_code) end_key();
  code_ = tables::missing_code;
  facts.lines += facts_.lines;
  facts.baskets += facts_.baskets;
  facts.empty_baskets += facts_.empty_baskets;
  facts.longest_basket = std::max(facts.longest_basket, facts_.longest_basket);
  facts.repeated += facts_.repeated;
  facts.missing_items += facts_.missing_items;
  facts_ = {};
  first_ = 0;
  return std::exchange(baskets_, {});
}

}  // namespace fullbase::itemsets
