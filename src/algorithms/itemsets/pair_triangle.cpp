#include "algorithms/itemsets/pair_triangle.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "algorithms/itemsets/long_baskets.hpp"
#include "parallel/stop.hpp"

namespace fullbase::itemsets {
namespace {

constexpr std::size_t row_start(std::int32_t row) noexcept {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(std::max(0, row - 1)) / 2;
}

}  // namespace

PairTriangle::PairTriangle(std::int32_t items, int threads)
    : items_(items), threads_(static_cast<std::size_t>(threads)), sums_(row_start(items), 0) {}

void PairTriangle::move_to_sums(Counters& counters) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t pair = 0; pair < counters.counts.size(); ++pair) sums_[pair] += counters.counts[pair];
  std::ranges::fill(counters.counts, 0U);
  counters.weight = 0;
}

void PairTriangle::add(const Baskets& baskets, int thread) {
  auto& counters = threads_[static_cast<std::size_t>(thread)];
  counters.counts.resize(sums_.size(), 0);
  const auto make_room = [&](std::uint64_t weight) {
    if (counters.weight + weight > std::numeric_limits<std::uint32_t>::max()) move_to_sums(counters);
    counters.weight += weight;
  };
  const auto counted = count_long(baskets, items_, [&](const LongBaskets& group) {
    parallel::stop_point();
    std::uint64_t weight = 0;
    for (const auto basket : group.members()) weight += baskets.weight(basket);
    const auto items = group.items();
    if (weight > std::numeric_limits<std::uint32_t>::max()) {
      const std::scoped_lock lock(mutex_);
      for (std::size_t i = 1; i < items.size(); ++i) {
        auto* row = sums_.data() + row_start(items[i]);
        group.for_each_pair(i, [&](std::size_t j, std::int64_t count) { row[items[j]] += count; });
      }
      return;
    }
    make_room(weight);
    for (std::size_t i = 1; i < items.size(); ++i) {
      auto* row = counters.counts.data() + row_start(items[i]);
      group.for_each_pair(i, [&](std::size_t j, std::int64_t count) { row[items[j]] += static_cast<std::uint32_t>(count); });
    }
  });
  for (std::int64_t b = 0; b < baskets.size(); ++b) {
    if (counted[static_cast<std::size_t>(b)] != 0) continue;
    const auto basket = baskets[b];
    const auto weight = baskets.weight(b);
    make_room(weight);
    for (std::size_t i = 1; i < basket.size(); ++i) {
      auto* row = counters.counts.data() + row_start(basket[i]);
      for (std::size_t j = 0; j < i; ++j) row[basket[j]] += weight;
    }
  }
}

std::vector<std::int64_t> PairTriangle::take() {
  for (auto& counters : threads_) move_to_sums(counters);
  threads_.clear();
  return std::move(sums_);
}

}  // namespace fullbase::itemsets
