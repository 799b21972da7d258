// Baskets of few items, their frequent sets by looking at every subset of the items, and the table that holds them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/tables/random_columns.hpp"
#include "data/make_batch.hpp"

namespace fullbase::testing {

/// Baskets as masks of items.
using MaskBaskets = std::vector<std::uint32_t>;

/// Items that come in company: each basket has some of one of three groups, and a few others.
inline MaskBaskets random_baskets(std::int64_t baskets, int items, std::uint64_t seed) {
  Sequence sequence(seed);
  MaskBaskets result;
  for (std::int64_t b = 0; b < baskets; ++b) {
    const auto group = sequence.below(3);
    std::uint32_t basket = 0;
    for (int i = 0; i < items; ++i) {
      if (sequence.below(10) < (i % 3 == group ? 7 : 2)) basket |= std::uint32_t{1} << i;
    }
    result.push_back(basket);
  }
  return result;
}

inline std::int64_t count_of(const MaskBaskets& baskets, std::uint32_t set) {
  return std::ranges::count_if(baskets, [&](std::uint32_t basket) { return (basket & set) == set; });
}

/// Sets whose bit i is the item of number i, in the order of FoundSets: that of the masks.
struct MinedSets {
  std::vector<std::uint32_t> sets;
  std::vector<std::int64_t> counts;
  std::int64_t baskets = 0;
  std::vector<int> items;  ///< by number: the item as the baskets have it

  std::int64_t row(std::uint32_t set) const { return std::ranges::lower_bound(sets, set) - sets.begin(); }
  std::int64_t count(std::uint32_t set) const { return counts[static_cast<std::size_t>(row(set))]; }
};

inline MinedSets mined(const MaskBaskets& baskets, int items, std::int64_t least) {
  MinedSets result;
  result.baskets = std::ssize(baskets);
  std::vector<std::pair<std::int64_t, int>> frequent;
  for (int i = 0; i < items; ++i) {
    if (const auto count = count_of(baskets, std::uint32_t{1} << i); count >= least) frequent.emplace_back(-count, i);
  }
  std::ranges::sort(frequent);
  for (const auto& [count, item] : frequent) result.items.push_back(item);
  const auto as_baskets_have_it = [&](std::uint32_t set) {
    std::uint32_t mask = 0;
    for (std::size_t n = 0; n < frequent.size(); ++n) mask |= (set >> n & 1) << result.items[n];
    return mask;
  };
  for (std::uint32_t set = 1; set < std::uint32_t{1} << frequent.size(); ++set) {
    const auto count = count_of(baskets, as_baskets_have_it(set));
    if (count < least) continue;
    result.sets.push_back(set);
    result.counts.push_back(count);
  }
  return result;
}

inline std::string item_name(int item) {
  return std::string(static_cast<std::size_t>(1 + item % 3), static_cast<char>('a' + item));
}

/// Names of a set, rarest first.
inline std::string set_text(const MinedSets& mined, std::uint32_t set) {
  std::string text;
  for (int n = 31; n >= 0; --n) {
    if ((set >> n & 1) == 0) continue;
    if (!text.empty()) text += ", ";
    text += item_name(mined.items[static_cast<std::size_t>(n)]);
  }
  return text;
}

/// The columns of a table of sets that are not derived from others.
struct SetColumns {
  Optional<std::int64_t> size = {};
  Optional<std::int64_t> count = {};
  std::vector<double> support = {};
  Optional<std::string> item = {};
  Optional<std::int64_t> rest = {};
};

inline SetColumns set_columns(const MinedSets& mined) {
  SetColumns columns;
  for (std::size_t s = 0; s < mined.sets.size(); ++s) {
    const auto set = mined.sets[s];
    const auto rest = set & (set - 1);
    columns.size.push_back(std::popcount(set));
    columns.count.push_back(mined.counts[s]);
    columns.support.push_back(static_cast<double>(mined.counts[s]) / static_cast<double>(mined.baskets));
    columns.item.push_back(item_name(mined.items[static_cast<std::size_t>(std::countr_zero(set))]));
    columns.rest.push_back(rest == 0 ? std::nullopt : std::optional(mined.row(rest)));
  }
  return columns;
}

inline data::MemoryTable sets_table(const SetColumns& columns, bool categories = true) {
  auto item = categories ? category_column("item", columns.item) : string_column("item", columns.item);
  return make_table("sets", {int64_column("size", columns.size), int64_column("count", columns.count),
                             float64_column("support", columns.support), std::move(item), int64_column("rest", columns.rest)});
}
inline data::MemoryTable sets_table(const MinedSets& mined, bool categories = true) {
  return sets_table(set_columns(mined), categories);
}

}  // namespace fullbase::testing
