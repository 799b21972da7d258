#include "algorithms/itemsets/frequent_items.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>

#include "algorithms/itemsets/sort_items.hpp"
#include "comm/quantiles.hpp"

namespace fullbase::itemsets {
namespace {

/// Baskets of a piece after which it is known whether equal ones are worth looking for.
constexpr std::int64_t trial_baskets = 1024;

/// Joins equal baskets of a piece as they are made.
class Merging {
 public:
  explicit Merging(std::int64_t baskets) : table_(std::bit_ceil(static_cast<std::size_t>(2 * baskets) + 1), -1) {}

  /// The last basket of `made`, begun but not ended, goes if one before it is equal; else it is ended.
  void end_basket(Baskets& made, std::uint32_t weight) {
    const std::size_t first = made.starts.back();
    const std::size_t size = made.items.size() - first;
    // Where hardly any are equal the look-ups cost more than counting an equal basket twice.
    if (seen_++ == trial_baskets && joined_ < trial_baskets / 64) looks_ = false;
    if (looks_) {
      const std::int32_t* const items = made.items.data() + first;
      std::uint64_t hash = size;
      for (std::size_t i = 0; i < size; ++i) {
        hash = (hash ^ static_cast<std::uint32_t>(items[i])) * 0x9E3779B97F4A7C15;
        hash ^= hash >> 32;
      }
      std::size_t cell = hash & (table_.size() - 1);
      for (; table_[cell] >= 0; cell = (cell + 1) & (table_.size() - 1)) {
        const auto other = made[table_[cell]];
        if (other.size() != size || !std::equal(other.begin(), other.end(), items)) continue;
        std::uint32_t& sum = made.weights[static_cast<std::size_t>(table_[cell])];
        if (sum > std::numeric_limits<std::uint32_t>::max() - weight) continue;
        sum += weight;
        made.items.resize(first);
        ++joined_;
        return;
      }
      table_[cell] = static_cast<std::int32_t>(made.size());
    }
    made.starts.push_back(static_cast<std::uint32_t>(made.items.size()));
    made.weights.push_back(weight);
  }

  std::int64_t joined() const noexcept { return joined_; }

 private:
  std::vector<std::int32_t> table_;
  std::int64_t seen_ = 0;
  std::int64_t joined_ = 0;
  bool looks_ = true;
};

Baskets reduced(const Baskets& baskets, std::span<const std::int32_t> numbers) {
  Baskets made;
  made.items.reserve(baskets.items.size());
  made.starts.reserve(baskets.starts.size());
  made.weights.reserve(static_cast<std::size_t>(baskets.size()));
  Merging merging(baskets.size());
  for (std::int64_t b = 0; b < baskets.size(); ++b) {
    const std::size_t first = made.items.size();
    for (const std::int32_t slot : baskets[b]) {
      const std::int32_t number = numbers[static_cast<std::size_t>(slot)];
      if (number >= 0) made.items.push_back(number);
    }
    const std::size_t size = made.items.size() - first;
    if (size < 2) {
      made.items.resize(first);
      continue;
    }
    sort_items(made.items.data() + first, size);
    merging.end_basket(made, baskets.weight(b));
  }
  if (baskets.weights.empty() && merging.joined() == 0) made.weights = {};
  return made;
}

}  // namespace

std::int64_t least_count(double share, std::int64_t baskets) noexcept {
  return baskets == 0 ? 1 : comm::quantile_position(share, baskets) + 1;
}

FrequentItems frequent_items(std::span<const std::int64_t> counts, std::span<const std::uint8_t> wanted, std::int64_t least) {
  FrequentItems items;
  items.numbers.assign(counts.size(), -1);
  for (std::size_t slot = 0; slot < counts.size(); ++slot) {
    if (counts[slot] >= least && (wanted.empty() || wanted[slot] != 0)) items.slots.push_back(static_cast<std::int32_t>(slot));
  }
  std::stable_sort(items.slots.begin(), items.slots.end(), [&](std::int32_t a, std::int32_t b) {
    return counts[static_cast<std::size_t>(a)] > counts[static_cast<std::size_t>(b)];
  });
  for (std::int32_t number = 0; number < items.size(); ++number) {
    const auto slot = static_cast<std::size_t>(items.slots[static_cast<std::size_t>(number)]);
    items.counts.push_back(counts[slot]);
    items.numbers[slot] = number;
  }
  return items;
}

void count_items(const Baskets& baskets, std::span<std::int64_t> counts) {
  const auto add = [&](std::size_t slot, std::int64_t count) {
    std::atomic_ref(counts[slot]).fetch_add(count, std::memory_order_relaxed);
  };
  // Threads that meet at every frequent item wait for each other; a table of the piece's own costs a pass over all slots.
  if (counts.size() <= 4 * baskets.items.size()) {
    std::vector<std::int64_t> own(counts.size(), 0);
    for (std::int64_t b = 0; b < baskets.size(); ++b) {
      const auto weight = baskets.weight(b);
      for (const std::int32_t item : baskets[b]) own[static_cast<std::size_t>(item)] += weight;
    }
    for (std::size_t slot = 0; slot < own.size(); ++slot) {
      if (own[slot] != 0) add(slot, own[slot]);
    }
    return;
  }
  for (std::int64_t b = 0; b < baskets.size(); ++b) {
    for (const std::int32_t item : baskets[b]) add(static_cast<std::size_t>(item), baskets.weight(b));
  }
}

BasketStore reduce(BasketStore&& from, const FrequentItems& items, BasketStore&& into) {
  from.take_each([&](Baskets&& baskets, std::int64_t piece, int) {
    const Baskets all = std::move(baskets);
    into.add(reduced(all, items.numbers), 0, piece);
  });
  return std::move(into);
}

}  // namespace fullbase::itemsets
