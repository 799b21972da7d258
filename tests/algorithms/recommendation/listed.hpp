// What ranks have listed, as one value to compare.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/recommendation/ranked_rows.hpp"

namespace fullbase::testing {

/// Scores and ids.
using List = std::vector<std::pair<float, std::int32_t>>;
using Lists = std::vector<List>;

/// The best first; of equal scores the lowest id.
inline void sort_best_first(List& list) {
  std::ranges::sort(list, {}, [](const auto& entry) { return std::pair(-entry.first, entry.second); });
}

/// The best `top`.
inline List best_of(List list, std::int64_t top) {
  sort_best_first(list);
  if (std::ssize(list) > top) list.resize(static_cast<std::size_t>(top));
  return list;
}

/// What ranks have, one after the other.
inline Lists all_lists(const std::vector<recommendation::RankedRows>& parts) {
  Lists lists;
  for (const auto& part : parts) {
    for (std::int64_t row = 0; row < part.rows(); ++row) {
      auto& list = lists.emplace_back();
      for (std::int64_t k = 0; k < part.length(row); ++k)
        list.emplace_back(part.scores_of(row)[static_cast<std::size_t>(k)], part.ids_of(row)[static_cast<std::size_t>(k)]);
    }
  }
  return lists;
}

/// The same as the rows that a rank has.
inline recommendation::RankedRows ranked_rows(const Lists& lists) {
  recommendation::RankedRows made;
  for (const auto& list : lists) {
    for (const auto& [score, id] : list) {
      made.ids.push_back(id);
      made.scores.push_back(score);
    }
    made.starts.push_back(std::ssize(made.ids));
  }
  return made;
}

}  // namespace fullbase::testing
