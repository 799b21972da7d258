// Suppressed cells against linear algebra: over random hierarchies, whatever sum of cells follows from the shown ones concerns
// enough customers. Every set of last-level cells is tried, by elimination over a prime field.
#include <gmock/gmock.h>

#include <bitset>
#include <cstdint>
#include <random>
#include <set>

#include "algorithms/tables/suppression.hpp"

namespace fullbase::tables {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t prime = 1'000'003;

std::int64_t inverse(std::int64_t value) {
  std::int64_t result = 1;
  for (std::int64_t power = prime - 2; power > 0; power >>= 1, value = value * value % prime) {
    if (power & 1) result = result * value % prime;
  }
  return result;
}

/// Sums that follow from given ones by adding, subtracting and multiplying.
class Span {
 public:
  explicit Span(std::size_t cells) : cells_(cells) {}
  void add(std::vector<std::int64_t> sum) {
    reduce(sum);
    for (std::size_t cell = 0; cell < cells_; ++cell) {
      if (sum[cell] == 0) continue;
      const auto factor = inverse(sum[cell]);
      for (auto& value : sum) value = value * factor % prime;
      rows_.emplace_back(cell, std::move(sum));
      return;
    }
  }
  bool holds(std::vector<std::int64_t> sum) const {
    reduce(sum);
    return std::all_of(sum.begin(), sum.end(), [](std::int64_t value) { return value == 0; });
  }

 private:
  void reduce(std::vector<std::int64_t>& sum) const {
    for (const auto& [cell, row] : rows_) {
      const auto factor = sum[cell];
      for (std::size_t i = 0; i < cells_ && factor != 0; ++i) sum[i] = ((sum[i] - factor * row[i]) % prime + prime) % prime;
    }
  }
  std::size_t cells_;
  std::vector<std::pair<std::size_t, std::vector<std::int64_t>>> rows_;
};

/// A hierarchy with the customers of each last-level cell, who may be in several.
struct Tree {
  std::vector<CellLevel> levels;
  std::vector<std::vector<std::vector<std::size_t>>> leaves;  ///< by level and cell
  std::vector<std::set<int>> customers;                       ///< by last-level cell
};

std::set<int> customers_of(const Tree& tree, const std::vector<std::size_t>& leaves) {
  std::set<int> all;
  for (const auto leaf : leaves) all.insert(tree.customers[leaf].begin(), tree.customers[leaf].end());
  return all;
}

Tree random_tree(std::mt19937& random, std::size_t most_leaves) {
  const auto draw = [&](int least, int most) { return std::uniform_int_distribution<int>(least, most)(random); };
  const int depth = draw(1, 4);
  while (true) {
    Tree tree;
    std::vector<std::int64_t> cells = {draw(1, 2)};  // of each level
    tree.levels.emplace_back();
    for (int level = 1; level < depth; ++level) {
      std::int64_t count = 0;
      for (std::int64_t cell = 0; cell < cells.back(); ++cell) {
        tree.levels.back().children.push_back(draw(1, 4));
        count += tree.levels.back().children.back();
      }
      cells.push_back(count);
      tree.levels.emplace_back();
    }
    const auto leaves = static_cast<std::size_t>(cells.back());
    if (leaves > most_leaves) continue;
    const int people = draw(5, 40);
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
      auto& some = tree.customers.emplace_back();
      for (int n = draw(1, draw(0, 2) == 0 ? 3 : 12); n > 0; --n) some.insert(draw(0, people));
    }
    tree.leaves.resize(tree.levels.size());
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) tree.leaves.back().push_back({leaf});
    for (std::size_t level = tree.levels.size() - 1; level-- > 0;) {
      std::size_t child = 0;
      for (const auto children : tree.levels[level].children) {
        auto& own = tree.leaves[level].emplace_back();
        for (std::int64_t i = 0; i < children; ++i, ++child)
          own.insert(own.end(), tree.leaves[level + 1][child].begin(), tree.leaves[level + 1][child].end());
      }
    }
    for (std::size_t level = 0; level < tree.levels.size(); ++level) {
      for (const auto& own : tree.leaves[level])
        tree.levels[level].customers.push_back(static_cast<std::int64_t>(customers_of(tree, own).size()));
    }
    return tree;
  }
}

TEST(Suppression, NoSumOverFewCustomersFollowsFromWhatIsShown) {
  std::mt19937 random(17);
  constexpr std::int64_t below = 5;
  int hidden = 0;
  int for_others = 0;
  int shown_of_all = 0;
  for (int trial = 0; trial < 3'000; ++trial) {
    const Tree tree = random_tree(random, 9);
    const std::size_t cells = tree.customers.size();
    const auto shown = shown_cells(tree.levels, below);
    Span span(cells);
    for (std::size_t level = 0; level < shown.size(); ++level) {
      ASSERT_EQ(shown[level].size(), tree.levels[level].customers.size());
      for (std::size_t cell = 0; cell < shown[level].size(); ++cell) {
        const bool few = tree.levels[level].customers[cell] < below;
        if (!shown[level][cell]) {
          ++(few ? hidden : for_others);
          continue;
        }
        ++shown_of_all;
        ASSERT_FALSE(few);
        std::vector<std::int64_t> sum(cells);
        for (const auto leaf : tree.leaves[level][cell]) sum[leaf] = 1;
        span.add(std::move(sum));
      }
    }
    for (unsigned set = 1; set < 1U << cells; ++set) {
      std::vector<std::int64_t> sum(cells);
      std::vector<std::size_t> members;
      for (std::size_t cell = 0; cell < cells; ++cell) {
        if (((set >> cell) & 1U) == 0) continue;
        sum[cell] = 1;
        members.push_back(cell);
      }
      if (static_cast<std::int64_t>(customers_of(tree, members).size()) < below) {
        ASSERT_FALSE(span.holds(sum)) << "trial " << trial << ", cells " << std::bitset<9>(set);
      }
    }
  }
  // The trials are about something: all three kinds of cells are there in numbers.
  EXPECT_GT(hidden, 1'000);
  EXPECT_GT(for_others, 1'000);
  EXPECT_GT(shown_of_all, 5'000);
}

TEST(Suppression, TheSmallestNeighbourIsLeftOutToo) {
  // One total; of its parts one is small.
  EXPECT_THAT(shown_cells({{{100}, {4}}, {{9, 50, 30, 30}, {}}}, 10), ElementsAre(ElementsAre(1), ElementsAre(0, 1, 0, 1)));
  // Nothing is small: nothing is left out.
  EXPECT_THAT(shown_cells({{{100}, {3}}, {{10, 50, 30}, {}}}, 10), ElementsAre(ElementsAre(1), ElementsAre(1, 1, 1)));
  // Without totals small cells alone go.
  EXPECT_THAT(shown_cells({{{9, 10, 11}, {}}}, 10), ElementsAre(ElementsAre(0, 1, 1)));
  // A total of small cells alone tells no more than itself.
  EXPECT_THAT(shown_cells({{{12}, {2}}, {{9, 9}, {}}}, 10), ElementsAre(ElementsAre(1), ElementsAre(0, 0)));
  // A total that is left out gives nothing away while its parts are shown: one of these goes with it.
  EXPECT_THAT(shown_cells({{{100}, {2}}, {{5, 60}, {1, 2}}, {{5, 40, 20}, {}}}, 10),
              ElementsAre(ElementsAre(1), ElementsAre(0, 0), ElementsAre(0, 1, 0)));
  EXPECT_THAT(shown_cells({{{}, {}}, {{}, {}}}, 10), ElementsAre(ElementsAre(), ElementsAre()));
}

}  // namespace
}  // namespace fullbase::tables
