// A forest is what a plain recursion over all rows grows, whatever ranks and threads there are.
#include "algorithms/trees/grow.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "algorithms/trees/forest_state.hpp"
#include "algorithms/trees/rules.hpp"
#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "memory_state.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {
namespace {

using namespace fullbase::testing;

constexpr random::Key bootstrap_key{11};
constexpr random::Key feature_key{12};

/// A whole table of bins with its labels.
struct Table {
  std::int64_t rows = 0;
  std::vector<FeatureBins> bins;
  std::vector<std::uint8_t> values;  ///< row by row
  int classes = 2;
  std::vector<std::int32_t> codes;
  std::vector<double> numbers;
  std::vector<std::uint8_t> used;

  std::uint8_t bin(std::int64_t row, int feature) const {
    return values[static_cast<std::size_t>(row) * bins.size() + static_cast<std::size_t>(feature)];
  }
};

/// Every third feature is one of categories; labels follow some of the features, with noise; every 17th value is missing.
Table make_table(std::int64_t rows, int features, int classes, std::uint64_t seed, bool missing = true, int bins = 40) {
  const random::Generator draws(random::Key{seed});
  Table table{.rows = rows, .bins = {}, .values = {}, .classes = classes, .codes = {}, .numbers = {}, .used = {}};
  for (int f = 0; f < features; ++f) {
    FeatureBins one;
    one.categorical = f % 3 == 2;
    one.bins = f % 4 == 3 ? 3 : bins;
    table.bins.push_back(one);
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    double score = 0;
    for (int f = 0; f < features; ++f) {
      const auto b = draws.below(static_cast<std::uint64_t>(table.bins[static_cast<std::size_t>(f)].bins), i, f);
      const bool is_missing = missing && draws.below(std::uint64_t{17}, i, f, 1) == 0;
      table.values.push_back(is_missing ? missing_bin : static_cast<std::uint8_t>(b));
      const double value = is_missing ? 0.3 : static_cast<double>(f % 3 == 2 ? b * 7 % 11 : b) / 10;
      if (f < 4) score += (f == 1 ? -1 : 1) * value;
    }
    score += 2 * draws.uniform(i, 0, 2);
    if (classes == 1) {
      table.numbers.push_back(score * 10 - 3);
    } else {
      table.codes.push_back(
          static_cast<std::int32_t>(std::clamp(static_cast<int>(std::floor(score / 2)) + classes / 2, 0, classes - 1)));
    }
  }
  return table;
}

Forest grow_with(const Table& table, const GrowOptions& options, int ranks, int threads,
                 std::int64_t matrix_memory = std::int64_t{1} << 34, const GrowObserver& observer = {},
                 const std::vector<Tree>& grown = {}) {
  std::vector<Forest> forests(static_cast<std::size_t>(ranks));
  parallel::set_thread_count(threads);
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(std::int64_t{1} << 34);
    data::Budget for_matrix(matrix_memory);
    MemorySpill spill;
    const base::Partition partition(table.rows, communicator.size());
    const auto columns = static_cast<int>(table.bins.size());
    data::ByteBlocks matrix(table.rows, columns, partition.blocks_of(communicator.rank()), for_matrix, spill);
    for (auto block = matrix.local().first; block < matrix.local().last; ++block) {
      const auto rows = base::rows_of_block(block, table.rows);
      matrix.write(block, {table.values.data() + rows.first * columns, rows.size(), columns});
    }
    const auto local = matrix.local_rows();
    const auto part = [&](const auto& all) {
      return std::span(all).subspan(all.empty() ? 0 : static_cast<std::size_t>(local.first),
                                    all.empty() ? 0 : static_cast<std::size_t>(local.size()));
    };
    const GrowRows rows{matrix, table.bins, part(table.codes), part(table.numbers), table.classes, part(table.used)};
    forests[static_cast<std::size_t>(communicator.rank())] =
        grow(communicator, rows, options, bootstrap_key, feature_key, budget, observer, grown);
  });
  parallel::set_thread_count(1);
  for (const auto& forest : forests) EXPECT_EQ(forest.trees, forests.front().trees);
  return forests.front();
}

/// The decrease of impurity, times the weight, by its definition.
class Oracle {
 public:
  Oracle(const Table& table, const GrowOptions& options) : table_(table), options_(options) {}

  long double impurity(const std::vector<std::pair<std::int64_t, int>>& rows) const {
    if (table_.classes == 1) {
      long double weight = 0, sum = 0, squares = 0;
      for (const auto& [row, drawn] : rows) {
        const long double y = table_.numbers[static_cast<std::size_t>(row)];
        weight += drawn;
        sum += drawn * y;
        squares += drawn * y * y;
      }
      return squares - sum * sum / weight;
    }
    std::vector<long double> counts(static_cast<std::size_t>(table_.classes), 0);
    long double weight = 0;
    for (const auto& [row, drawn] : rows) {
      const auto code = static_cast<std::size_t>(table_.codes[static_cast<std::size_t>(row)]);
      const long double one = options_.class_weights.empty() ? 1 : options_.class_weights[code];
      counts[code] += one * drawn;
      weight += one * drawn;
    }
    long double impurity = options_.impurity == Impurity::gini ? 1 : 0;
    for (const auto count : counts) {
      const auto share = weight > 0 ? count / weight : 0;
      if (options_.impurity == Impurity::gini) {
        impurity -= share * share;
      } else if (share > 0) {
        impurity -= share * std::log2(share);
      }
    }
    return weight * impurity;
  }

  /// Follows a grown tree over all rows: every node must have a split that is worth what it says, and no split by a drawn feature
  /// may be worth more; every leaf must be one by the options.
  void check(const Forest& forest, int t) const {
    const auto& tree = forest.trees[static_cast<std::size_t>(t)];
    const Bootstrap bootstrap(bootstrap_key, options_.bootstrap);
    std::vector<std::pair<std::int64_t, int>> rows;
    for (std::int64_t i = 0; i < table_.rows; ++i) {
      if (!table_.used.empty() && table_.used[static_cast<std::size_t>(i)] == 0) continue;
      if (const int drawn = bootstrap.count(t, i); drawn > 0) rows.emplace_back(i, drawn);
    }
    const Counting counting{table_.classes == 1   ? Counting::Kind::pair
                            : table_.classes == 2 ? Counting::Kind::packed
                                                  : Counting::Kind::classes,
                            table_.classes};
    const GrowRules rules(options_, counting, table_.bins, 0, feature_key);
    check_node(forest, tree, 0, rows, rules, t, 1, 0);
  }

 private:
  using Rows = std::vector<std::pair<std::int64_t, int>>;

  static std::int64_t drawn(const Rows& rows) {
    return std::accumulate(rows.begin(), rows.end(), std::int64_t{0}, [](auto sum, const auto& one) { return sum + one.second; });
  }

  void check_value(const Forest& forest, const Tree& tree, std::int32_t n, const Rows& rows) const {
    const auto width = static_cast<std::size_t>(forest.width());
    std::vector<long double> expected(table_.classes == 1 ? 1 : static_cast<std::size_t>(table_.classes), 0);
    long double weight = 0;
    for (const auto& [row, count] : rows) {
      const auto at = static_cast<std::size_t>(row);
      const auto code = table_.classes == 1 ? 0 : static_cast<std::size_t>(table_.codes[at]);
      const long double one = table_.classes == 1 || options_.class_weights.empty() ? 1 : options_.class_weights[code];
      expected[code] += one * count * (table_.classes == 1 ? static_cast<long double>(table_.numbers[at]) : 1);
      weight += one * count;
    }
    for (std::size_t k = 0; k < width; ++k) {
      const auto value = expected[table_.classes == 2 ? 1 : k] / weight;
      EXPECT_NEAR(tree.values[static_cast<std::size_t>(n) * width + k], static_cast<double>(value), 1e-9);
    }
  }

  void check_node(const Forest& forest, const Tree& tree, std::int32_t n, const Rows& rows, const GrowRules& rules, int t,
                  Path path, int depth) const {
    const auto& node = tree.nodes[static_cast<std::size_t>(n)];
    ASSERT_EQ(node.rows, drawn(rows));
    check_value(forest, tree, n, rows);
    const auto here = impurity(rows);
    const bool may = !(options_.max_depth > 0 && depth >= options_.max_depth) && here > 1e-9L;
    Split best_possible;
    std::vector<std::int32_t> buffer;
    long double best = -1;
    for (int draw = 0; may && draw < rules.most_draws() && best < 0; ++draw) {
      for (const auto feature : rules.features_of(t, path, draw, buffer)) best = std::max(best, best_of(rows, feature, here));
    }
    if (node.is_leaf()) {
      EXPECT_LT(best, table_.classes == 1 ? 1e-9L : 0) << "node " << n << " could have been split";
      return;
    }
    ASSERT_TRUE(may);
    Rows left;
    Rows right;
    for (const auto& one : rows)
      (child(tree, node, table_.bin(one.first, node.feature)) == node.left ? left : right).push_back(one);
    ASSERT_GE(drawn(left), std::max<std::int64_t>(1, options_.min_rows));
    ASSERT_GE(drawn(right), std::max<std::int64_t>(1, options_.min_rows));
    const auto gain = here - impurity(left) - impurity(right);
    EXPECT_NEAR(node.gain, static_cast<double>(gain), 1e-7 * (1 + std::abs(static_cast<double>(here))));
    // Of three classes and more, not every subset of categories is tried.
    if (table_.classes <= 2) {
      EXPECT_NEAR(node.gain, static_cast<double>(best), 1e-7 * (1 + std::abs(static_cast<double>(here)))) << "node " << n;
    }
    check_node(forest, tree, node.left, left, rules, t, rules.child(path, 0), depth + 1);
    check_node(forest, tree, node.left + 1, right, rules, t, rules.child(path, 1), depth + 1);
  }

  /// The best decrease by a feature: all cuts of numbers; of categories all subsets, of which there are few; missing on either
  /// side.
  long double best_of(const Rows& rows, int feature, long double here) const {
    std::vector<std::uint8_t> present;
    for (const auto& one : rows) present.push_back(table_.bin(one.first, feature));
    std::ranges::sort(present);
    present.erase(std::unique(present.begin(), present.end()), present.end());
    const bool missing = !present.empty() && present.back() == missing_bin;
    if (missing) present.pop_back();
    long double best = -1;
    const auto look = [&](const auto& goes_left) {
      for (const bool missing_left : {false, true}) {
        if (missing_left && !missing) break;
        Rows left;
        Rows right;
        for (const auto& one : rows) {
          const auto bin = table_.bin(one.first, feature);
          ((bin == missing_bin ? missing_left : goes_left(bin)) ? left : right).push_back(one);
        }
        const auto least = std::max<std::int64_t>(1, options_.min_rows);
        if (drawn(left) < least || drawn(right) < least) continue;
        best = std::max(best, here - impurity(left) - impurity(right));
      }
    };
    if (!table_.bins[static_cast<std::size_t>(feature)].categorical) {
      for (const auto cut : present) look([&](std::uint8_t bin) { return bin <= cut; });
      return best;
    }
    // With a least number of rows the best subset need not be among those that the means cut off; then these are what is
    // promised.
    if (present.size() > 6 || options_.min_rows > 1) {
      look_by_mean(rows, feature, present, look);
      return best;
    }
    for (unsigned subset = 1; subset < (1U << present.size()); ++subset) {
      look([&](std::uint8_t bin) { return ((subset >> (std::ranges::find(present, bin) - present.begin())) & 1U) != 0; });
    }
    return best;
  }

  /// Of many categories: those of the lowest means on the left, among which is the best subset.
  template <class Look>
  void look_by_mean(const Rows& rows, int feature, std::vector<std::uint8_t> present, const Look& look) const {
    std::map<std::uint8_t, std::pair<long double, long double>> sums;
    for (const auto& [row, count] : rows) {
      auto& [weight, sum] = sums[table_.bin(row, feature)];
      const auto at = static_cast<std::size_t>(row);
      weight += count;
      sum += count * (table_.classes == 1 ? static_cast<long double>(table_.numbers[at]) : table_.codes[at]);
    }
    std::ranges::sort(
        present, [&](std::uint8_t a, std::uint8_t b) { return sums[a].second / sums[a].first < sums[b].second / sums[b].first; });
    for (std::size_t cut = 1; cut <= present.size(); ++cut) {
      const auto left = std::span(present).first(cut);
      look([&](std::uint8_t bin) { return std::ranges::find(left, bin) != left.end(); });
    }
  }

  const Table& table_;
  const GrowOptions& options_;
};

struct Case {
  const char* name;
  std::int64_t rows;
  int features;
  int classes;
  GrowOptions options;
};

std::vector<Case> cases() {
  GrowOptions forest{.trees = 3, .features_per_node = 2};
  GrowOptions tree{.trees = 1, .bootstrap = false};
  auto regression = forest;
  regression.impurity = Impurity::squared_error;
  auto entropy = tree;
  entropy.impurity = Impurity::entropy;
  entropy.min_rows = 5;
  auto weighted = forest;
  weighted.class_weights = {1, 7.5};
  weighted.min_rows = 3;
  auto three = forest;
  three.class_weights = {0.5, 1, 3};
  auto shallow = tree;
  shallow.max_depth = 4;
  auto all_of_regression = regression;
  all_of_regression.features_per_node = 0;
  all_of_regression.min_rows = 4;
  return {{"forest", 700, 6, 2, forest},         {"tree", 900, 5, 2, tree},
          {"regression", 500, 6, 1, regression}, {"entropy", 600, 6, 2, entropy},
          {"weighted", 700, 6, 2, weighted},     {"three classes", 600, 6, 3, three},
          {"shallow", 2500, 7, 2, shallow},      {"all", 800, 6, 1, all_of_regression},
          {"three rows", 3, 4, 2, forest},       {"two rows", 2, 3, 2, tree}};
}

TEST(Grow, EverySplitIsTheBestByTheDefinitionOfImpurity) {
  for (const auto& one : cases()) {
    SCOPED_TRACE(one.name);
    const auto table = make_table(one.rows, one.features, one.classes, 5, true, 6);
    const auto forest = grow_with(table, one.options, 1, 1);
    ASSERT_EQ(std::ssize(forest.trees), one.options.trees);
    for (int t = 0; t < one.options.trees; ++t) Oracle(table, one.options).check(forest, t);
  }
}

TEST(Grow, IsTheSameOnAnyRanksThreadsAndMemory) {
  for (const auto& one : cases()) {
    SCOPED_TRACE(one.name);
    // Rows enough that the upper part of a tree is counted by all ranks.
    const auto table = make_table(one.rows * 12, one.features, one.classes, 6);
    const auto expected = grow_with(table, one.options, 1, 1);
    for (const int ranks : {1, 2, 3, 4}) {
      for (const int threads : {1, 2}) {
        // In memory, streamed, and both: ranks of few rows have theirs in memory.
        for (const int kept_blocks : {1000, 2, 3}) {
          const auto forest = grow_with(table, one.options, ranks, threads, data::ByteBlocks::bytes(kept_blocks, one.features));
          EXPECT_EQ(forest.trees, expected.trees) << ranks << " ranks, " << threads << " threads, " << kept_blocks << " blocks";
        }
      }
    }
  }
}

TEST(Grow, AnInterruptedGrowingGoesOnAsIfItHadNotBeen) {
  for (const auto& one : cases()) {
    SCOPED_TRACE(one.name);
    const auto table = make_table(one.rows * 12, one.features, one.classes, 13);
    const auto expected = grow_with(table, one.options, 2, 1);
    for (std::size_t done = 0; done <= expected.trees.size(); done += std::max<std::size_t>(1, expected.trees.size() / 4)) {
      MemoryState state;
      MemoryStateWriter writer(state);
      put_trees(writer, "forest/", std::span(expected.trees).first(done));
      const auto grown = read_trees(state, "forest/");
      ASSERT_EQ(grown.size(), done);
      const int ranks = static_cast<int>(done) % 3 + 1;
      EXPECT_EQ(grow_with(table, one.options, ranks, 2, std::int64_t{1} << 34, {}, grown).trees, expected.trees)
          << "broken off after " << done << " trees, on " << ranks << " ranks";
    }
  }
}

TEST(Grow, TheObserverSeesTheTreesThatAreDone) {
  const auto table = make_table(3000, 6, 2, 14);
  const GrowOptions options{.trees = 40, .features_per_node = 2};
  std::vector<std::size_t> done;
  const auto expected = grow_with(table, options, 2, 1);
  grow_with(table, options, 1, 1, std::int64_t{1} << 34, [&](const Forest& so_far) {
    done.push_back(so_far.trees.size());
    EXPECT_TRUE(std::equal(so_far.trees.begin(), so_far.trees.end(), expected.trees.begin()));
  });
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.back(), 40U);
}

TEST(Grow, RowsThatTakeNoPartMakeNoDifference) {
  auto table = make_table(900, 5, 2, 7);
  for (std::int64_t i = 0; i < table.rows; ++i) table.used.push_back(i % 3 == 0 ? 0 : 1);
  const GrowOptions options{.trees = 2, .features_per_node = 2};
  const auto forest = grow_with(table, options, 2, 1);
  for (int t = 0; t < 2; ++t) Oracle(table, options).check(forest, t);
  for (std::int64_t i = 0; i < table.rows; i += 3)
    table.codes[static_cast<std::size_t>(i)] = 1 - table.codes[static_cast<std::size_t>(i)];
  EXPECT_EQ(grow_with(table, options, 2, 1).trees, forest.trees);
}

TEST(Grow, MostLeavesAreThoseOfTheGreatestGains) {
  const auto table = make_table(3000, 6, 2, 8);
  const auto whole = grow_with(table, {.trees = 1, .bootstrap = false}, 1, 1).trees.front();
  for (const std::int64_t leaves : {1, 2, 5, 20}) {
    const auto tree = grow_with(table, {.trees = 1, .max_leaves = leaves, .bootstrap = false}, 2, 1).trees.front();
    EXPECT_EQ(std::ranges::count_if(tree.nodes, [](const Node& node) { return node.is_leaf(); }), leaves);
    // No leaf of the small tree could have gained more than what was split last.
    double least_split = 1e300;
    for (const auto& node : tree.nodes) {
      if (!node.is_leaf()) least_split = std::min(least_split, node.gain);
    }
    if (leaves > 1) {
      EXPECT_EQ(tree.nodes.front().gain, whole.nodes.front().gain);
    }
    EXPECT_GT(least_split, 0);
  }
}

TEST(Grow, ABootstrapDrawsEachRowOnceOnAverageAndTellsItByItself) {
  const Bootstrap bootstrap(bootstrap_key, true);
  std::int64_t none = 0;
  std::int64_t all = 0;
  constexpr std::int64_t rows = 200'000;
  std::vector<std::uint8_t> counts(1000);
  for (std::int64_t first = 0; first < rows; first += std::ssize(counts)) {
    bootstrap.counts(3, first, counts);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      ASSERT_EQ(counts[i], bootstrap.count(3, first + static_cast<std::int64_t>(i)));
      none += counts[i] == 0 ? 1 : 0;
      all += counts[i];
    }
  }
  // Poisson of mean 1: four standard deviations.
  EXPECT_NEAR(static_cast<double>(all), rows, 4 * std::sqrt(rows));
  EXPECT_NEAR(static_cast<double>(none), rows * std::exp(-1), 4 * std::sqrt(rows * std::exp(-1) * (1 - std::exp(-1))));
}

}  // namespace
}  // namespace fullbase::trees
