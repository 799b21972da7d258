// Itemsets as a sorted map, and as the runs that miners hand over.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "algorithms/itemsets/found_sets.hpp"

namespace fullbase::testing {

/// Rarest item first; the map's order is that of the table of sets.
using Sets = std::map<std::vector<std::int32_t>, std::int64_t>;

/// A run holds what begins with up to `seconds` items after the rarest.
inline std::vector<itemsets::SetRun> runs_of(const Sets& sets, int seconds = 1) {
  std::vector<itemsets::SetRun> runs;
  std::int32_t last_second = -1;
  int together = 0;
  for (const auto& [set, count] : sets) {
    const std::int32_t second = set.size() > 1 ? set[1] : -1;
    const bool is_other = runs.empty() || runs.back().rarest != set[0] || last_second != second;
    const bool begins = is_other && (second < 0 || last_second < 0 || runs.back().rarest != set[0] || together == seconds);
    if (begins) runs.push_back({set[0], second, {}});
    if (is_other) together = begins ? 1 : together + 1;
    last_second = second;
    runs.back().sets.add(set.back(), static_cast<int>(set.size()), count);
  }
  return runs;
}

/// Runs of any ranks, as a map; a set that is in two of them is counted twice.
inline void add_sets(const std::vector<itemsets::SetRun>& runs, Sets& sets) {
  for (const auto& run : runs) {
    std::vector<std::int32_t> set = {run.rarest};
    for (std::size_t i = 0; i < run.sets.items.size(); ++i) {
      set.resize(run.sets.sizes[i] - std::size_t{1});
      set.push_back(run.sets.items[i]);
      sets[set] += run.sets.counts[i];
    }
  }
}

}  // namespace fullbase::testing
