// Baskets in memory, some at a time: what flows from lines of purchases to the counting of itemsets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fullbase::itemsets {

/// Baskets one after the other: basket b holds items[starts[b], starts[b + 1]), each once, ascending. What an item's number means
/// is said where baskets come from: a slot of prepare::ValueSlots as they are read, a number of FrequentItems once they are
/// reduced. A basket may be empty.
struct Baskets {
  std::vector<std::uint32_t> starts = {0};  ///< size() + 1 positions; so fewer than 2^32 items in all
  std::vector<std::int32_t> items;
  std::vector<std::uint64_t> keys;     ///< whose each is, as codes of tables::GroupKeys; empty where nobody asked
  std::vector<std::uint32_t> weights;  ///< how many equal baskets of the base each stands for; empty: one each

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(starts.size()) - 1; }
  std::span<const std::int32_t> operator[](std::int64_t basket) const noexcept {
    const auto begin = starts[static_cast<std::size_t>(basket)];
    return std::span(items).subspan(begin, starts[static_cast<std::size_t>(basket) + 1] - begin);
  }
  std::uint32_t weight(std::int64_t basket) const noexcept {
    return weights.empty() ? 1 : weights[static_cast<std::size_t>(basket)];
  }
  std::int64_t bytes() const noexcept {
    return static_cast<std::int64_t>(4 * (starts.size() + items.size() + weights.size()) + 8 * keys.size());
  }
};

}  // namespace fullbase::itemsets
