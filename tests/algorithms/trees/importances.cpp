// Importances and out-of-bag scores against the definitions, followed row by row.
#include "algorithms/trees/importances.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <set>

#include "algorithms/trees/random_forest.hpp"
#include "algorithms/trees/row_permutation.hpp"
#include "base/error.hpp"
#include "comm/launch.hpp"
#include "memory_spill.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {
namespace {

using ::testing::ElementsAre;
using testing::MemorySpill;
using testing::random_model;

constexpr std::int64_t rows = 3 * base::block_rows + 100;
constexpr random::Key bootstrap_key{17};
constexpr random::Key permutation_key{99};

std::uint8_t bin_of(std::int64_t row, int column) {
  const auto word = random::Generator(random::Key{5}).word(row, column);
  if (word % 13 == 0) return missing_bin;
  return static_cast<std::uint8_t>(word / 13 % (column == 2 ? 4 : 11));
}
std::int32_t code_of(std::int64_t row) {
  return random::Generator(random::Key{6}).word(row) % 2 == 0 ? 1 : 0;
}

data::ByteBlocks matrix_of(base::BlockRange local, data::Budget& budget, data::Spill& spill) {
  data::ByteBlocks matrix(rows, 3, local, budget, spill);
  for (auto block = local.first; block < local.last; ++block) {
    const auto range = base::rows_of_block(block, rows);
    std::vector<std::uint8_t> bins;
    for (auto row = range.first; row < range.last; ++row)
      for (int c = 0; c < 3; ++c) bins.push_back(bin_of(row, c));
    matrix.write(block, {bins.data(), range.size(), 3});
  }
  return matrix;
}

/// The second class's probability of a row by the trees that did not draw it; nothing where all did. Column `replaced` is that of
/// row `from`.
std::optional<double> by_definition(const ForestModel& model, std::int64_t row, const Bootstrap& bootstrap, int replaced = -1,
                                    std::int64_t from = 0) {
  double sum = 0;
  int trees = 0;
  for (std::size_t t = 0; t < model.forest.trees.size(); ++t) {
    if (bootstrap.count(static_cast<int>(t), row) != 0) continue;
    const auto& tree = model.forest.trees[t];
    std::int32_t at = 0;
    while (!tree.nodes[static_cast<std::size_t>(at)].is_leaf()) {
      const auto& node = tree.nodes[static_cast<std::size_t>(at)];
      at = child(tree, node, bin_of(node.feature == replaced ? from : row, node.feature));
    }
    sum += tree.values[static_cast<std::size_t>(at)];
    ++trees;
  }
  return trees == 0 ? std::nullopt : std::optional(sum / trees);
}

struct Found {
  std::vector<double> outputs = std::vector<double>(2 * rows);
  std::vector<std::uint8_t> is_scored = std::vector<std::uint8_t>(rows);
  std::vector<PermutationImportance> importances;
  std::vector<double> drops;
};

Quality accuracy_of(comm::Communicator& communicator, base::RowRange local) {
  return [&communicator, local](const RowScores& scores) {
    std::array<std::int64_t, 2> counts{};  // right, scored
    for (std::int64_t i = 0; i < local.size(); ++i) {
      if (scores.is_scored[static_cast<std::size_t>(i)] == 0) continue;
      const bool second = scores.outputs[static_cast<std::size_t>(2 * i + 1)] > scores.outputs[static_cast<std::size_t>(2 * i)];
      counts[0] += second == (code_of(local.first + i) == 1) ? 1 : 0;
      ++counts[1];
    }
    communicator.sum(std::span<std::int64_t>(counts));
    return static_cast<double>(counts[0]) / static_cast<double>(counts[1]);
  };
}

Found measure(const ForestModel& model, int ranks, int threads, std::int64_t memory = std::int64_t{1} << 30,
              const std::vector<double>& drops = {}) {
  parallel::set_thread_count(threads);
  Found found;
  std::mutex mutex;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    data::Budget budget(memory);
    MemorySpill spill;
    const auto blocks = base::Partition(rows, ranks).blocks_of(communicator.rank());
    const auto matrix = matrix_of(blocks, budget, spill);
    const auto local = matrix.local_rows();
    const ForestScorer scorer(model);
    const UnseenTrees unseen(communicator, Bootstrap(bootstrap_key, true), static_cast<int>(model.forest.trees.size()), local,
                             budget);
    RowScores scores;
    score_rows(scorer, matrix, &unseen, {}, scores);
    std::copy(scores.outputs.begin(), scores.outputs.end(), found.outputs.begin() + 2 * local.first);
    std::copy(scores.is_scored.begin(), scores.is_scored.end(), found.is_scored.begin() + local.first);
    auto done = drops.size();
    std::vector<double> seen = drops;
    auto importances = permutation_importances(
        communicator, scorer, matrix, &unseen, accuracy_of(communicator, local), 2, permutation_key, budget,
        [&](std::span<const double> now, std::int64_t total) {
          EXPECT_EQ(now.size(), ++done);
          EXPECT_LE(std::ssize(now), total);
          seen.assign(now.begin(), now.end());
        },
        drops);
    const std::lock_guard lock(mutex);
    found.importances = std::move(importances);
    found.drops = std::move(seen);
  });
  return found;
}

TEST(OutOfBag, RowsAreScoredByTheTreesThatDidNotDrawThem) {
  for (const int trees : {1, 6, 70}) {
    const auto model = random_model(2, trees, 21);
    const Bootstrap bootstrap(bootstrap_key, true);
    const auto alone = measure(model, 1, 1);
    std::int64_t scored = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto expected = by_definition(model, row, bootstrap);
      ASSERT_EQ(alone.is_scored[static_cast<std::size_t>(row)], expected ? 1 : 0);
      if (!expected) continue;
      ++scored;
      ASSERT_NEAR(alone.outputs[static_cast<std::size_t>(2 * row + 1)], *expected, 1e-15);
    }
    // A tree leaves a share of 1/e of the rows out.
    if (trees == 1) {
      EXPECT_NEAR(static_cast<double>(scored) / rows, 0.368, 0.03);
    } else if (trees == 70) {
      EXPECT_EQ(scored, rows);
    }
    for (const int ranks : {2, 3, 5}) {
      const auto other = measure(model, ranks, 2, 160'000);
      EXPECT_EQ(other.outputs, alone.outputs);
      EXPECT_EQ(other.is_scored, alone.is_scored);
      for (std::size_t f = 0; f < 3; ++f) {
        EXPECT_EQ(other.importances[f].mean, alone.importances[f].mean);
        EXPECT_EQ(other.importances[f].deviation, alone.importances[f].deviation);
      }
    }
  }
}

TEST(PermutationImportance, IsTheDropOfQualityWithAnothersValues) {
  const auto model = random_model(2, 5, 33);
  const Bootstrap bootstrap(bootstrap_key, true);
  const auto found = measure(model, 2, 1);
  const auto accuracy = [&](int replaced, const RowPermutation& permutation) {
    std::int64_t right = 0;
    std::int64_t scored = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto told = by_definition(model, row, bootstrap, replaced, permutation(row));
      if (!told) continue;
      ++scored;
      right += (*told > 0.5) == (code_of(row) == 1) ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(scored);
  };
  const RowPermutation first(permutation_key, 0, rows);
  const RowPermutation second(permutation_key, 1, rows);
  for (int f = 0; f < 3; ++f) {
    const double a = accuracy(-1, first) - accuracy(f, first);
    const double b = accuracy(-1, first) - accuracy(f, second);
    EXPECT_NEAR(found.importances[static_cast<std::size_t>(f)].mean, (a + b) / 2, 1e-14);
    EXPECT_NEAR(found.importances[static_cast<std::size_t>(f)].deviation, std::abs(a - b) / std::sqrt(2.0), 1e-14);
  }
}

TEST(PermutationImportance, GoesOnAsIfItHadNotBeenInterrupted) {
  const auto model = random_model(2, 5, 34);
  const auto expected = measure(model, 2, 1);
  ASSERT_EQ(expected.drops.size(), 6U);
  for (std::ptrdiff_t done = 0; done <= 6; ++done) {
    const auto found = measure(model, static_cast<int>(done) % 3 + 1, 1, std::int64_t{1} << 30,
                               {expected.drops.begin(), expected.drops.begin() + done});
    EXPECT_EQ(found.drops, expected.drops) << done;
    for (std::size_t f = 0; f < 3; ++f) {
      EXPECT_EQ(found.importances[f].mean, expected.importances[f].mean) << done;
      EXPECT_EQ(found.importances[f].deviation, expected.importances[f].deviation) << done;
    }
  }
}

TEST(GainImportances, AreSharesOfTheGains) {
  Forest forest;
  Tree tree;
  tree.nodes = {{.left = 1, .feature = 2, .gain = 3}, {.left = 3, .feature = 0, .gain = 1}, {}, {}, {}};
  forest.trees = {tree, tree};
  EXPECT_THAT(gain_importances(forest, 4), ElementsAre(0.25, 0, 0.75, 0));
  forest.trees = {Tree{{Node()}, {0.5}, {}}};
  EXPECT_THAT(gain_importances(forest, 2), ElementsAre(0, 0));
}

TEST(RowPermutation, MeetsEveryRowOnce) {
  for (const std::int64_t n : {1, 2, 3, 5, 64, 1000, 4097}) {
    std::set<std::int64_t> met;
    const RowPermutation permutation(permutation_key, 3, n);
    std::int64_t in_place = 0;
    for (std::int64_t row = 0; row < n; ++row) {
      met.insert(permutation(row));
      in_place += permutation(row) == row ? 1 : 0;
    }
    EXPECT_EQ(std::ssize(met), n);
    EXPECT_EQ(*met.begin(), 0);
    EXPECT_EQ(*met.rbegin(), n - 1);
    // On average one row of a random permutation stays where it is.
    EXPECT_LE(in_place, n > 100 ? 8 : n);
  }
}

TEST(RowPermutation, TheChanceOfEachPlaceIsTheSame) {
  // Of 6 rows, 1200 permutations: every (row, place) some 200 times; chi-square with 25 degrees of freedom.
  std::map<std::pair<std::int64_t, std::int64_t>, int> counts;
  for (int round = 0; round < 1200; ++round) {
    const RowPermutation permutation(permutation_key, round, 6);
    for (std::int64_t row = 0; row < 6; ++row) ++counts[{row, permutation(row)}];
  }
  double chi_square = 0;
  for (std::int64_t row = 0; row < 6; ++row)
    for (std::int64_t place = 0; place < 6; ++place) chi_square += std::pow(counts[{row, place}] - 200, 2) / 200;
  EXPECT_LT(chi_square, 60);
}

TEST(PermutedBytes, FollowTheRowsOnAnyRanks) {
  const RowPermutation permutation(permutation_key, 0, rows);
  const auto value = [](std::int64_t row) { return static_cast<std::uint8_t>(row * 31 % 251); };
  for (const int ranks : {1, 2, 3, 6}) {
    comm::run_threads(ranks, [&](comm::Communicator& communicator) {
      data::Budget budget(1 << 20);
      const auto local = base::Partition(rows, ranks).rows_of(communicator.rank());
      std::vector<std::uint8_t> own;
      for (auto row = local.first; row < local.last; ++row) own.push_back(value(row));
      const PermutedBytes permuted(communicator, permutation, rows, budget);
      const auto result = permuted.permuted(own);
      for (auto row = local.first; row < local.last; ++row)
        ASSERT_EQ(result[static_cast<std::size_t>(row - local.first)], value(permutation(row)));
    });
  }
}

TEST(PermutedBytes, SendAsTheFormulaSays) {
  const RowPermutation permutation(permutation_key, 0, rows);
  constexpr int ranks = 3;
  comm::run_threads(ranks, [&](comm::Communicator& communicator) {
    const base::Partition partition(rows, ranks);
    const auto local = partition.rows_of(communicator.rank());
    std::int64_t wanted = 0;  // rows of other ranks that this one gets
    std::int64_t given = 0;   // its own that others get
    for (std::int64_t row = 0; row < rows; ++row) {
      const bool here = local.contains(row);
      const bool from_here = local.contains(permutation(row));
      wanted += here && !from_here ? 1 : 0;
      given += !here && from_here ? 1 : 0;
    }
    data::Budget budget(1 << 20);
    const auto sent = [&] { return communicator.statistics().total().bytes; };
    const PermutedBytes permuted(communicator, permutation, rows, budget);
    EXPECT_EQ(sent(), 8 * wanted + 8);  // and an agreement
    permuted.permuted(std::vector<std::uint8_t>(static_cast<std::size_t>(local.size())));
    EXPECT_EQ(sent(), 8 * wanted + 8 + given);
  });
}

TEST(UnseenTrees, TooLittleMemoryIsTheSameErrorOnEveryRank) {
  const auto model = random_model(2, 6, 21);
  EXPECT_THROW(measure(model, 3, 1, 10'000), base::Error);
}

}  // namespace
}  // namespace fullbase::trees
