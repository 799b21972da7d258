// Baskets that hold a good part of the items, counted 64 at a time.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/itemsets/baskets.hpp"

namespace fullbase::itemsets {

/// Up to 64 baskets as bits: bit b of an item's word says that the b-th of them holds it. A pair of items takes one `and` for all
/// of them (one a power of two where weights differ), in place of a step a pair in every basket.
/// Memory: 20 bytes an item.
class LongBaskets {
 public:
  explicit LongBaskets(std::int32_t items) : items_(items) {}

  /// Baskets of an eighth of the items or more: 64 such have as many pairs as all items have.
  bool takes(std::int64_t length) const noexcept { return length > 4 && 8 * length >= items_; }
  void add(std::int64_t basket) { members_.push_back(basket); }
  bool is_full() const noexcept { return members_.size() == 64; }
  const std::vector<std::int64_t>& members() const noexcept { return members_; }
  void clear() noexcept { members_.clear(); }

  /// Turns the members to bits. Whether counting them so is less work than basket by basket.
  bool turn(const Baskets& baskets);

  /// The items that members hold, ascending.
  std::span<const std::int32_t> items() const noexcept { return present_; }
  /// Calls add(j, count) for the pairs of items()[i] with items()[j], j < i; count is possibly 0.
  template <class F>
  void for_each_pair(std::size_t i, F&& add) const {
    for (std::size_t power = 0; power < planes_.size(); ++power) {
      const auto word = words_[i] & planes_[power];
      if (word == 0) continue;
      for (std::size_t j = 0; j < i; ++j) add(j, std::int64_t{std::popcount(word & words_[j])} << power);
    }
  }

 private:
  std::int32_t items_;
  std::vector<std::int64_t> members_;
  std::array<std::uint64_t, 32> planes_ = {};  ///< by power of two: the members whose weight has it
  std::vector<std::int32_t> present_;
  std::vector<std::uint64_t> words_;  ///< of present_
};

/// Calls `count(group)` for groups of long baskets which it is worth it for, each turned to bits, and returns 1 for each basket
/// that one of them had, 0 for those that are left.
template <class F>
std::vector<std::uint8_t> count_long(const Baskets& baskets, std::int32_t items, F&& count) {
  std::vector<std::uint8_t> counted(static_cast<std::size_t>(baskets.size()), 0);
  LongBaskets group(items);
  const auto finish = [&] {
    if (!group.members().empty() && group.turn(baskets)) {
      for (const auto basket : group.members()) counted[static_cast<std::size_t>(basket)] = 1;
      count(std::as_const(group));
    }
    group.clear();
  };
  for (std::int64_t b = 0; b < baskets.size(); ++b) {
    if (!group.takes(std::ssize(baskets[b]))) continue;
    group.add(b);
    if (group.is_full()) finish();
  }
  finish();
  return counted;
}

}  // namespace fullbase::itemsets
