// The items of a basket in order: few, and a great many times.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace fullbase::itemsets {

/// Sorts ascending.
inline void sort_items(std::int32_t* items, std::size_t count) noexcept {
  constexpr std::size_t fewest = 8;
  constexpr std::size_t few = 24;
  if (count <= fewest) {
    for (std::size_t i = 1; i < count; ++i) {
      const std::int32_t item = items[i];
      std::size_t to = i;
      for (; to > 0 && items[to - 1] > item; --to) items[to] = items[to - 1];
      items[to] = item;
    }
    return;
  }
  if (count > few) {
    std::sort(items, items + count);
    return;
  }
  // Each goes to its place by counting those below it: no branch depends on the items, whose order no processor could guess.
  std::array<std::int32_t, few> before;
  std::array<std::int32_t, few> places = {};
  std::copy_n(items, count, before.begin());
  for (std::size_t i = 0; i < count; ++i) {
    std::int32_t place = places[i];
    for (std::size_t j = i + 1; j < count; ++j) {
      const std::int32_t is_below = before[j] < before[i];
      place += is_below;
      places[j] += 1 - is_below;
    }
    items[place] = before[i];
  }
}

}  // namespace fullbase::itemsets
