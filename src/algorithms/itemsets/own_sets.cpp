#include "algorithms/itemsets/own_sets.hpp"

#include <utility>

namespace fullbase::itemsets {

OwnSets::OwnSets(std::int32_t items) : shifts_(static_cast<std::size_t>(items), 0), shifts_before_(shifts_.size(), 0) {}

void OwnSets::begin_level() {
  levels_.emplace_back();
  std::swap(shifts_, shifts_before_);
  rarest_ = -1;
}

void OwnSets::add(std::span<const std::int32_t> set, std::int64_t number, std::int64_t beginning, std::int64_t count) {
  auto& level = levels_.back();
  const auto root = static_cast<std::size_t>(set.front());
  if (set.front() != rarest_) {
    rarest_ = set.front();
    shifts_[root] = std::ssize(level.items) - number;
  }
  level.items.push_back(set.back());
  level.counts.push_back(count);
  level.beginnings.push_back(beginning + shifts_before_[root]);
}

std::vector<SetRun> OwnSets::take_runs() {
  std::vector<SetRun> runs;
  std::vector<std::int64_t> next(levels_.size() + 1, 0);  // of each level, the first set that is not handed over
  const auto hand_over = [&](const auto& self, std::size_t depth, FoundSets& into) -> void {
    const auto& level = levels_[depth];
    const auto number = next[depth]++;
    const auto at = static_cast<std::size_t>(number);
    into.add(level.items[at], static_cast<int>(depth) + 1, level.counts[at]);
    if (depth + 1 == levels_.size()) return;
    const auto& longer = levels_[depth + 1].beginnings;
    auto& child = next[depth + 1];
    while (child < std::ssize(longer) && longer[static_cast<std::size_t>(child)] == number) self(self, depth + 1, into);
  };
  if (levels_.empty()) return runs;
  for (std::size_t single = 0; single < levels_[0].items.size(); ++single) {
    const auto rarest = levels_[0].items[single];
    runs.push_back({rarest, -1, {}});
    runs.back().sets.add(rarest, 1, levels_[0].counts[single]);
    if (levels_.size() < 2) continue;
    const auto& pairs = levels_[1];
    while (next[1] < std::ssize(pairs.items) &&
           pairs.beginnings[static_cast<std::size_t>(next[1])] == static_cast<std::int64_t>(single)) {
      SetRun run{rarest, pairs.items[static_cast<std::size_t>(next[1])], {}};
      hand_over(hand_over, 1, run.sets);
      run.sets.shrink();
      runs.push_back(std::move(run));
    }
  }
  levels_.clear();
  return runs;
}

}  // namespace fullbase::itemsets
