#include "algorithms/itemsets/class_outlines.hpp"

#include <algorithm>
#include <numeric>
#include <queue>
#include <utility>

#include "algorithms/itemsets/expected_sets.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::itemsets {
namespace {

/// Of the items that are frequent with `rarest`, which are so with another of them. `marks`: a byte an item, 0 before and after.
std::vector<std::int32_t> items_in_triangles(const FrequentPairs& pairs, std::int32_t rarest, std::vector<std::uint8_t>& marks) {
  constexpr std::uint8_t in_class = 1;
  constexpr std::uint8_t in_triangle = 2;
  const auto others = pairs.others_of(rarest);
  for (const auto item : others) marks[static_cast<std::size_t>(item)] = in_class;
  for (const auto item : others) {
    for (const auto other : pairs.others_of(item)) {
      if (marks[static_cast<std::size_t>(other)] == 0) continue;
      marks[static_cast<std::size_t>(other)] = in_triangle;
      marks[static_cast<std::size_t>(item)] = in_triangle;
    }
  }
  std::vector<std::int32_t> found;
  found.reserve(static_cast<std::size_t>(
      std::ranges::count_if(others, [&](std::int32_t item) { return marks[static_cast<std::size_t>(item)] == in_triangle; })));
  for (const auto item : others) {
    if (marks[static_cast<std::size_t>(item)] == in_triangle) found.push_back(item);
    marks[static_cast<std::size_t>(item)] = 0;
  }
  return found;
}

}  // namespace

std::vector<ClassOutline> outline_classes(const FrequentItems& items, const FrequentPairs& pairs, std::int64_t baskets,
                                          std::int64_t least) {
  std::vector<ClassOutline> all(static_cast<std::size_t>(items.size()));
  std::vector<std::vector<std::uint8_t>> marks(static_cast<std::size_t>(parallel::thread_count()));
  double steps = 0;
  for (std::int32_t item = 0; item < items.size(); ++item) {
    const auto others = static_cast<double>(pairs.others_of(item).size());
    steps += others * others;
  }
  const auto outline_one = [&](std::int64_t item, int thread) {
    auto& outline = all[static_cast<std::size_t>(item)];
    outline.rarest = static_cast<std::int32_t>(item);
    if (pairs.others_of(outline.rarest).size() < 2) return;
    auto& mine = marks[static_cast<std::size_t>(thread)];
    mine.resize(all.size());
    outline.baskets = items.counts[static_cast<std::size_t>(item)];
    outline.items = items_in_triangles(pairs, outline.rarest, mine);
    const auto others = pairs.others_of(outline.rarest);
    const auto counts = pairs.counts_of(outline.rarest);
    std::size_t at = 0;
    for (const auto other : outline.items) {
      while (others[at] != other) ++at;
      outline.entries += counts[at];
    }
    if (!outline.items.empty()) outline.cost = expected_sets(items, pairs, outline.rarest, outline.items, baskets, least);
  };
  parallel::for_each(0, items.size(), outline_one, parallel::grain_of(items.size(), 5 * steps));
  std::erase_if(all, [](const ClassOutline& outline) { return outline.items.empty(); });
  return all;
}

std::int64_t outline_bytes(const FrequentItems& items, const FrequentPairs& pairs) noexcept {
  return 4 * pairs.size() + items.size() * (static_cast<std::int64_t>(sizeof(ClassOutline)) + parallel::thread_count());
}

std::vector<int> deal_out(const std::vector<ClassOutline>& classes, int ranks) {
  std::vector<std::size_t> order(classes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return classes[a].cost > classes[b].cost; });
  using Load = std::pair<double, int>;
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (int rank = 0; rank < ranks; ++rank) loads.emplace(0.0, rank);
  std::vector<int> owners(classes.size());
  for (const auto at : order) {
    const auto [load, rank] = loads.top();
    loads.pop();
    owners[at] = rank;
    loads.emplace(load + classes[at].cost, rank);
  }
  return owners;
}

}  // namespace fullbase::itemsets
