// The first level: which items are frequent, and baskets that hold nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "comm/communicator.hpp"

namespace fullbase::itemsets {

/// Frequent items, numbered from the most frequent (0) to the least; of equal counts the lower slot comes first.
struct FrequentItems {
  std::vector<std::int32_t> slots;    ///< by number
  std::vector<std::int64_t> counts;   ///< by number: baskets that hold it
  std::vector<std::int32_t> numbers;  ///< by slot; -1: not frequent, or left out

  std::int32_t size() const noexcept { return static_cast<std::int32_t>(slots.size()); }
};

/// The least count c for which c / baskets >= share, at least 1: share * baskets, rounded up, where a product within 4 units in
/// the last place of an integer is that integer.
std::int64_t least_count(double share, std::int64_t baskets) noexcept;

/// `counts`: by slot, of all ranks (summed by the caller). `wanted`: 1 or 0 a slot; empty: all.
FrequentItems frequent_items(std::span<const std::int64_t> counts, std::span<const std::uint8_t> wanted, std::int64_t least);

/// Adds each basket's weight to counts[item] for each of its items. Safe from several threads on one `counts`.
void count_items(const Baskets& baskets, std::span<std::int64_t> counts);

/// The baskets of `from` with frequent items alone, by number; those that keep fewer than two items go, equal ones of a piece
/// become one with their weights added up, unless hardly any of its first 1,024 are equal: then the others are not compared.
/// Pieces of `from` go as they are read. Not collective. Cost: one pass; memory beside the store: twice a piece a thread.
BasketStore reduce(BasketStore&& from, const FrequentItems& items, BasketStore&& into);

}  // namespace fullbase::itemsets
