// Scores and effects against following each row by itself; what is stored comes back, or is refused.
#include "algorithms/trees/forest_scorer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "algorithms/trees/random_forest.hpp"
#include "base/block.hpp"
#include "base/error.hpp"

namespace fullbase::trees {
namespace {

using ::testing::HasSubstr;
using testing::random_model;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t stride = base::block_rows;

/// Values by feature: feature f of row i at [f * stride + i].
std::vector<double> random_rows(std::int64_t rows, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> values(static_cast<std::size_t>(3 * stride));
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t f = 0; f < 2; ++f)
      values[static_cast<std::size_t>(f * stride + i)] = random() % 9 == 0    ? nan
                                                         : random() % 50 == 0 ? HUGE_VAL
                                                                              : static_cast<double>(random() % 120) / 10 - 0.5;
    values[static_cast<std::size_t>(2 * stride + i)] = random() % 9 == 0 ? nan : static_cast<double>(random() % 6) - 1;
  }
  return values;
}

struct Followed {
  std::vector<double> outputs;
  std::vector<std::vector<double>> effects;  // by explained value of a node, by feature
};

/// The definition: one row through one tree after the other.
Followed follow(const ForestModel& model, const std::vector<double>& values, std::int64_t row) {
  const auto width = static_cast<std::size_t>(model.forest.width());
  Followed followed{std::vector<double>(width, 0), std::vector(width, std::vector<double>(3, 0))};
  for (const auto& tree : model.forest.trees) {
    std::int32_t at = 0;
    while (!tree.nodes[static_cast<std::size_t>(at)].is_leaf()) {
      const auto& node = tree.nodes[static_cast<std::size_t>(at)];
      const auto f = static_cast<std::size_t>(node.feature);
      const double value = values[f * static_cast<std::size_t>(stride) + static_cast<std::size_t>(row)];
      const auto to = child(tree, node, model.bins[f].bin(value));
      for (std::size_t k = 0; k < width; ++k)
        followed.effects[k][f] +=
            tree.values[static_cast<std::size_t>(to) * width + k] - tree.values[static_cast<std::size_t>(at) * width + k];
      at = to;
    }
    for (std::size_t k = 0; k < width; ++k) followed.outputs[k] += tree.values[static_cast<std::size_t>(at) * width + k];
  }
  const auto trees = static_cast<double>(model.forest.trees.size());
  for (auto& x : followed.outputs) x /= trees;
  for (auto& of_output : followed.effects)
    for (auto& x : of_output) x /= trees;
  return followed;
}

TEST(ForestScorer, FollowsEveryRowAsTheDefinitionDoes) {
  for (const int classes : {1, 2, 3, 5}) {
    for (const int trees : {1, 7}) {
      const auto model = random_model(classes, trees, static_cast<unsigned>(classes * 10 + trees));
      const ForestScorer scorer(model);
      EXPECT_EQ(scorer.output(), classes == 1 ? learning::Scorer::Output::value : learning::Scorer::Output::probability);
      const auto outputs = static_cast<std::size_t>(scorer.head().outputs());
      for (const std::int64_t rows : {1, 17, 1000}) {
        const auto values = random_rows(rows, 3);
        std::vector<double> out(static_cast<std::size_t>(rows) * outputs);
        std::vector<double> effects(static_cast<std::size_t>(rows) * 3);
        scorer.score(values.data(), stride, rows, out.data(), effects.data());
        for (std::int64_t i = 0; i < rows; ++i) {
          const auto expected = follow(model, values, i);
          const auto* const row = out.data() + static_cast<std::size_t>(i) * outputs;
          int explained = 0;
          if (classes == 2) {
            ASSERT_NEAR(row[1], expected.outputs[0], 1e-15);
            ASSERT_NEAR(row[0] + row[1], 1, 1e-15);
          } else {
            for (std::size_t k = 0; k < outputs; ++k) ASSERT_EQ(row[k], expected.outputs[k]);
            explained = learning::greatest_output(row, static_cast<int>(outputs));
          }
          for (std::size_t f = 0; f < 3; ++f)
            ASSERT_EQ(effects[static_cast<std::size_t>(i) * 3 + f], expected.effects[static_cast<std::size_t>(explained)][f]);
        }
        std::vector<double> alone(out.size());
        scorer.score(values.data(), stride, rows, alone.data(), nullptr);
        EXPECT_EQ(alone, out);
      }
    }
  }
}

TEST(ForestScorer, EffectsSumToTheWayFromTheRootsToTheScore) {
  const auto model = random_model(2, 9, 4);
  const ForestScorer scorer(model);
  double at_roots = 0;
  for (const auto& tree : model.forest.trees) at_roots += tree.values.front() / 9;
  const auto values = random_rows(500, 8);
  std::vector<double> out(1000), effects(1500);
  scorer.score(values.data(), stride, 500, out.data(), effects.data());
  for (std::size_t i = 0; i < 500; ++i)
    EXPECT_NEAR(at_roots + effects[3 * i] + effects[3 * i + 1] + effects[3 * i + 2], out[2 * i + 1], 1e-14);
}

ForestModel stored(const ForestModel& model) {
  const auto table = write_forest(model);
  const auto words = table[0].int64s();
  return read_forest(learning::ModelReader({words.begin(), words.end()}, "last.h5:/churn/model"));
}

TEST(ForestModel, ComesBackAsItWas) {
  for (const int classes : {1, 2, 4}) {
    const auto model = random_model(classes, 5, 6);
    const auto back = stored(model);
    EXPECT_EQ(back.bins, model.bins);
    EXPECT_EQ(back.forest.trees, model.forest.trees);
    EXPECT_EQ(back.forest.classes, classes);
    EXPECT_EQ(back.head.features, model.head.features);
    EXPECT_EQ(back.head.classes, model.head.classes);
  }
}

TEST(ForestModel, WhatDoesNotFitTogetherIsRefused) {
  const std::vector<std::function<void(ForestModel&)>> damages = {
      [](ForestModel& m) { m.forest.trees[0].nodes[0].left = 100'000; },
      [](ForestModel& m) { m.forest.trees[0].nodes[0].left = -1; },
      [](ForestModel& m) { m.forest.trees[0].nodes[0].feature = 3; },
      [](ForestModel& m) { m.forest.trees[0].nodes[0].feature = -1; },
      [](ForestModel& m) { m.forest.trees[0].nodes[0].subset = 50; },
      [](ForestModel& m) { m.forest.trees[0].nodes[0].subset = m.forest.trees[0].nodes[0].subset < 0 ? 0 : -1; },
      [](ForestModel& m) {
        // A child that is its own parent: a row would never arrive.
        auto& nodes = m.forest.trees[0].nodes;
        for (std::size_t n = 1; n < nodes.size(); ++n)
          if (!nodes[n].is_leaf()) nodes[n].left = static_cast<std::int32_t>(n);
      },
      [](ForestModel& m) { m.forest.trees[0].values.pop_back(); },
      [](ForestModel& m) { m.forest.trees[0].values[0] = nan; },
      [](ForestModel& m) { m.forest.trees[0].subsets.clear(); },
      [](ForestModel& m) { m.forest.trees.clear(); },
      [](ForestModel& m) { m.bins.pop_back(); },
      [](ForestModel& m) { m.bins[0].bins = 256; },
      [](ForestModel& m) { m.bins[0].uppers[3] = -1e9F; },
      [](ForestModel& m) { m.bins[0].uppers.pop_back(); },
      [](ForestModel& m) { m.bins[2].bin_of_category[0] = 4; },
      [](ForestModel& m) { m.bins[2].bin_of_category.pop_back(); },
      [](ForestModel& m) { m.head.classes.emplace_back("one more"); },
      [](ForestModel& m) { m.head.features[0].categorical = true; },
  };
  for (std::size_t d = 0; d < damages.size(); ++d) {
    auto model = random_model(2, 3, 13);
    ASSERT_FALSE(model.forest.trees[0].nodes[0].is_leaf());
    ASSERT_FALSE(model.forest.trees[0].subsets.empty());
    damages[d](model);
    EXPECT_THAT([&] { stored(model); }, ::testing::ThrowsMessage<base::Error>(HasSubstr("last.h5:/churn/model"))) << d;
  }
}

TEST(ForestModel, AnyCutAndAnyFlippedBitIsRefused) {
  const auto table = write_forest(random_model(3, 2, 1));
  const auto words = table[0].int64s();
  const std::vector<std::int64_t> whole(words.begin(), words.end());
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_THROW(learning::ModelReader({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}, "m"), base::Error);
    auto flipped = whole;
    flipped[n] ^= std::int64_t{1} << (n % 64);
    EXPECT_THROW(read_forest(learning::ModelReader(flipped, "m")), base::Error) << n;
  }
}

}  // namespace
}  // namespace fullbase::trees
