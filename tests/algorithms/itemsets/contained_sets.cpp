// The search in the tree of itemsets against a look at every set, over few and many sets and small and huge baskets.
#include "algorithms/itemsets/contained_sets.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <vector>

namespace fullbase::itemsets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Items = std::vector<std::int32_t>;

/// Sets by row, rarest item (greatest number) first, with all that they begin with.
struct Sets {
  std::vector<Items> sets;
  std::vector<std::int32_t> rest;
  std::vector<std::int32_t> last;

  void add(Items items) {
    std::ranges::sort(items, std::greater<>());
    for (std::size_t size = 1; size <= items.size(); ++size) {
      const Items head(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(size));
      if (rows_.contains(head)) continue;
      const auto before = rows_.find(Items(head.begin(), head.end() - 1));
      rest.push_back(before == rows_.end() ? -1 : before->second);
      last.push_back(head.back());
      rows_[head] = static_cast<std::int32_t>(sets.size());
      sets.push_back(head);
    }
  }

 private:
  std::map<Items, std::int32_t> rows_;
};

Items found_by_tree(const ContainedSets& tree, const Items& basket) {
  ContainedSets::Search search(tree);
  Items found;
  for (int twice = 0; twice < 2; ++twice) {  // a search leaves nothing behind
    found.clear();
    search.for_each(basket, [&](std::int32_t set) { found.push_back(set); });
  }
  std::ranges::sort(found);
  return found;
}

Items found_by_looking(const Sets& sets, const Items& labels, const Items& basket) {
  Items found;
  for (std::size_t s = 0; s < sets.sets.size(); ++s) {
    Items ascending(sets.sets[s].rbegin(), sets.sets[s].rend());
    if (labels[s] >= 0 && std::ranges::includes(basket, ascending)) found.push_back(labels[s]);
  }
  std::ranges::sort(found);
  return found;
}

TEST(ContainedSets, AreTheOnesThatABasketHolds) {
  Sets sets;
  for (const Items& items : {Items{0}, {1}, {1, 0}, {2}, {2, 0}, {2, 1}, {2, 1, 0}, {5, 3}}) sets.add(items);
  data::Budget budget(1 << 20);
  // 0: {0}, 1: {1}, 2: {1 0}, 3: {2}, 4: {2 0}, 5: {2 1}, 6: {2 1 0}, 7: {5}, 8: {5 3}
  Items all(sets.sets.size());
  std::iota(all.begin(), all.end(), 0);
  const ContainedSets tree(sets.rest, sets.last, all, 6, budget);
  EXPECT_EQ(tree.size(), 9);
  EXPECT_THAT(found_by_tree(tree, {0, 1, 2}), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(found_by_tree(tree, {0, 2, 4}), ElementsAre(0, 3, 4));
  EXPECT_THAT(found_by_tree(tree, {3, 5}), ElementsAre(7, 8));
  EXPECT_THAT(found_by_tree(tree, {3, 4}), IsEmpty());
  EXPECT_THAT(found_by_tree(tree, {}), IsEmpty());
}

TEST(ContainedSets, UnwantedSetsAreOnlyAWay) {
  Sets sets;
  for (const Items& items : {Items{0}, {1}, {1, 0}, {2}, {2, 1}, {2, 1, 0}}) sets.add(items);
  data::Budget budget(1 << 20);
  const Items labels = {7, -1, -1, -1, -1, 3};
  const ContainedSets tree(sets.rest, sets.last, labels, 3, budget);
  EXPECT_EQ(tree.size(), 4);  // {0}, {2}, {2 1}, {2 1 0}
  EXPECT_THAT(found_by_tree(tree, {0, 1, 2}), ElementsAre(3, 7));
  EXPECT_THAT(found_by_tree(tree, {1, 2}), IsEmpty());
  EXPECT_EQ(budget.available(), budget.limit() - 12 * 4 - 4 * 3);
}

TEST(ContainedSets, NoSetsAreInNoBasket) {
  data::Budget budget(1 << 20);
  const ContainedSets tree({}, {}, {}, 0, budget);
  EXPECT_EQ(tree.size(), 0);
  EXPECT_THAT(found_by_tree(tree, {}), IsEmpty());
}

TEST(ContainedSets, AgreeWithALookAtEverySet) {
  std::mt19937 random(5);
  const auto below = [&](std::uint32_t n) { return static_cast<std::int32_t>(random() % n); };
  for (const std::int32_t items : {3, 40, 700}) {
    for (const int count : {5, 400, 3000}) {
      Sets sets;
      for (int s = 0; s < count; ++s) {
        std::set<std::int32_t> some;
        // Often the rarest item, so that it has many sets below it: more than a small basket has items.
        if (below(3) == 0) some.insert(items - 1);
        for (int i = 1 + below(4); i > 0; --i) some.insert(below(static_cast<std::uint32_t>(items)));
        sets.add(Items(some.begin(), some.end()));
      }
      Items labels;
      for (std::size_t s = 0; s < sets.sets.size(); ++s)
        labels.push_back(below(2) == 0 ? -1 : static_cast<std::int32_t>(sets.sets.size() - s));
      data::Budget budget(1 << 20);
      const ContainedSets tree(sets.rest, sets.last, labels, items, budget);
      for (const int size : {1, 2, 5, 30, 500}) {
        for (int repeat = 0; repeat < 5; ++repeat) {
          std::set<std::int32_t> basket = {items - 1};
          for (int i = 0; i < size; ++i) basket.insert(below(static_cast<std::uint32_t>(items)));
          const Items ascending(basket.begin(), basket.end());
          EXPECT_EQ(found_by_tree(tree, ascending), found_by_looking(sets, labels, ascending));
        }
      }
    }
  }
}

}  // namespace
}  // namespace fullbase::itemsets
