// Suppressed cells against linear algebra: over random hierarchies, whatever sum of cells follows from the shown ones concerns
// enough customers. Every set of last-level cells is tried, by elimination over a prime field.
#include <gmock/gmock.h>

#include <array>
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

/// Sets of lines: all, those with a value, those without, those with another value that is rare. Of the first two some are
/// needed.
constexpr std::size_t sets = 4;
constexpr std::size_t needed = 2;

/// A hierarchy with the customers of each last-level cell by set of lines, who may be in several.
struct Tree {
  std::vector<CellLevel> levels;
  std::vector<std::vector<std::vector<std::size_t>>> leaves;  ///< by level and cell
  std::vector<std::array<std::set<int>, sets>> customers;     ///< by last-level cell
};

std::int64_t customers_of(const Tree& tree, const std::vector<std::size_t>& leaves, std::size_t set) {
  std::set<int> all;
  for (const auto leaf : leaves) all.insert(tree.customers[leaf][set].begin(), tree.customers[leaf][set].end());
  return static_cast<std::int64_t>(all.size());
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
    const int without_value = draw(0, 3) == 0 ? draw(0, 60) : 0;  // percent of the lines
    const int rare = draw(0, 3) == 0 ? draw(0, 60) : 100;
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
      auto& some = tree.customers.emplace_back();
      const bool all_have_values = draw(0, 1) == 0;
      for (int n = draw(1, draw(0, 2) == 0 ? 3 : 12); n > 0; --n) {
        const auto customer = draw(0, people);
        some[0].insert(customer);
        some[all_have_values || draw(0, 99) >= without_value ? 1 : 2].insert(customer);
        if (draw(0, 99) < rare) some[3].insert(customer);
      }
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
      tree.levels[level].customers.resize(sets);
      for (const auto& own : tree.leaves[level]) {
        for (std::size_t set = 0; set < sets; ++set) tree.levels[level].customers[set].push_back(customers_of(tree, own, set));
      }
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
  int hidden_for_parts = 0;
  for (int trial = 0; trial < 6'000; ++trial) {
    const Tree tree = random_tree(random, 9);
    const std::size_t cells = tree.customers.size();
    const auto shown = shown_cells(tree.levels, below, needed);
    Span span(cells);
    for (std::size_t level = 0; level < shown.size(); ++level) {
      const auto& customers = tree.levels[level].customers;
      ASSERT_EQ(shown[level].size(), customers[0].size());
      for (std::size_t cell = 0; cell < shown[level].size(); ++cell) {
        const bool few = is_about_few(tree.levels[level], cell, below, needed);
        if (!shown[level][cell]) {
          ++(few ? hidden : for_others);
          if (customers[1][cell] >= below && few) ++hidden_for_parts;
          continue;
        }
        ++shown_of_all;
        ASSERT_FALSE(few);
        ASSERT_GE(std::min(customers[0][cell], customers[1][cell]), below);
        for (const auto set : {2, 3}) ASSERT_TRUE(customers[set][cell] == 0 || customers[set][cell] >= below);
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
      bool few = false;
      for (std::size_t lines = 0; lines < sets; ++lines) {
        const auto customers = customers_of(tree, members, lines);
        few = few || (customers < below && (lines < needed || customers > 0));
      }
      if (few) {
        ASSERT_FALSE(span.holds(sum)) << "trial " << trial << ", cells " << std::bitset<9>(set);
      }
    }
  }
  // The trials are about something: all three kinds of cells are there in numbers.
  EXPECT_GT(hidden, 1'000);
  EXPECT_GT(hidden_for_parts, 500);
  EXPECT_GT(for_others, 1'000);
  EXPECT_GT(shown_of_all, 5'000);
}

TEST(Suppression, TheSmallestNeighbourIsLeftOutToo) {
  // One total; of its parts one is small.
  EXPECT_THAT(shown_cells({{{{100}}, {4}}, {{{9, 50, 30, 30}}, {}}}, 10), ElementsAre(ElementsAre(1), ElementsAre(0, 1, 0, 1)));
  // Nothing is small: nothing is left out.
  EXPECT_THAT(shown_cells({{{{100}}, {3}}, {{{10, 50, 30}}, {}}}, 10), ElementsAre(ElementsAre(1), ElementsAre(1, 1, 1)));
  // Without totals small cells alone go.
  EXPECT_THAT(shown_cells({{{{9, 10, 11}}, {}}}, 10), ElementsAre(ElementsAre(0, 1, 1)));
  // A total of small cells alone tells no more than itself.
  EXPECT_THAT(shown_cells({{{{12}}, {2}}, {{{9, 9}}, {}}}, 10), ElementsAre(ElementsAre(1), ElementsAre(0, 0)));
  // A total that is left out gives nothing away while its parts are shown: one of these goes with it.
  EXPECT_THAT(shown_cells({{{{62}}, {2}}, {{{5, 60}}, {1, 2}}, {{{5, 40, 20}}, {}}}, 10),
              ElementsAre(ElementsAre(1), ElementsAre(0, 0), ElementsAre(0, 1, 0)));
  // Hidden parts of so many customers that all have together are enough as they are: the others have no more than twenty.
  EXPECT_THAT(shown_cells({{{{31}}, {3}}, {{{9, 9, 20}}, {}}}, 10), ElementsAre(ElementsAre(1), ElementsAre(0, 0, 1)));
  EXPECT_THAT(shown_cells({{{{}}, {}}, {{{}}, {}}}, 10), ElementsAre(ElementsAre(), ElementsAre()));
}

TEST(Suppression, LinesOfFewThatADifferenceWouldTellOfAreSomethingToHide) {
  // Of eleven customers one has lines without a value: all lines less those with a value are that one's.
  EXPECT_THAT(shown_cells({{{{11, 30}, {10, 30}, {1, 0}}, {}}}, 10, 2), ElementsAre(ElementsAre(0, 1)));
  // Twelve have some: they are enough. Without the hidden cell the total tells of two, so that the next is hidden too, and there
  // the one with such lines, not the smallest.
  EXPECT_THAT(shown_cells({{{{100}, {100}, {20}}, {4}}, {{{12, 20, 25, 30}, {12, 20, 25, 30}, {2, 0, 18, 0}}, {}}}, 10, 2),
              ElementsAre(ElementsAre(1), ElementsAre(0, 1, 0, 1)));
  // Nobody else has any: then the total itself tells of these two.
  EXPECT_THAT(shown_cells({{{{100}, {100}, {2}}, {2}}, {{{50, 50}, {50, 50}, {2, 0}}, {}}}, 10, 2),
              ElementsAre(ElementsAre(0), ElementsAre(0, 1)));
}

}  // namespace
}  // namespace fullbase::tables
