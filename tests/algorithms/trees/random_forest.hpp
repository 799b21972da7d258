// Forests made at random, of any shape, and tables that they can read.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "algorithms/trees/forest_scorer.hpp"

namespace fullbase::testing {

/// Two numbers of 11 bins and a category of 5, positions 3 and 4 in one bin.
inline trees::ForestModel random_model(int classes, int trees, unsigned seed) {
  std::mt19937 random(seed);
  trees::ForestModel model;
  model.head.features = {
      {.name = "age"}, {.name = "income"}, {.name = "city", .categorical = true, .categories = {"a", "b", "c", "d", "e"}}};
  model.head.task = classes == 1   ? learning::Task::regression
                    : classes == 2 ? learning::Task::binary
                                   : learning::Task::multiclass;
  model.head.label = "label";
  model.head.label_type = classes == 1 ? data::Type::float64 : data::Type::category;
  if (classes > 1)
    for (int k = 0; k < classes; ++k) model.head.classes.push_back("class " + std::to_string(k));
  for (int f = 0; f < 2; ++f) {
    trees::FeatureBins bins{.bins = 11};
    for (int b = 0; b < 10; ++b) bins.uppers.push_back(static_cast<float>(b) + 0.5F);
    model.bins.push_back(bins);
  }
  model.bins.push_back({.categorical = true, .bin_of_category = {0, 1, 2, 3, 3}, .bins = 4});
  model.forest.classes = classes;
  for (int t = 0; t < trees; ++t) {
    trees::Tree tree;
    tree.nodes.emplace_back();
    const auto wanted = static_cast<std::size_t>(1 + 2 * (random() % 40));
    for (std::size_t n = 0; tree.nodes.size() < wanted; ++n) {
      // The last node that may still split has to.
      if (n + 1 < tree.nodes.size() && random() % 3 == 0) continue;
      auto& node = tree.nodes[n];
      node.left = static_cast<std::int32_t>(tree.nodes.size());
      node.feature = static_cast<std::int32_t>(random() % 3);
      node.missing_left = random() % 2 == 0;
      node.gain = static_cast<double>(random() % 100) / 8;
      if (node.feature == 2) {
        node.subset = static_cast<std::int32_t>(tree.subsets.size());
        tree.subsets.push_back({1 + random() % 15, 0, 0, 0});
      } else {
        node.bin = static_cast<std::uint8_t>(random() % 10);
      }
      tree.nodes.emplace_back();
      tree.nodes.emplace_back();
    }
    for (auto& node : tree.nodes) {
      node.rows = static_cast<std::int64_t>(random() % 1000);
      double sum = 0;
      std::vector<double> values;
      for (int k = 0; k < model.forest.width(); ++k) values.push_back(static_cast<double>(1 + random() % 1000) / 1001);
      for (const double value : values) sum += value;
      for (const double value : values) tree.values.push_back(model.forest.width() > 1 ? value / sum : value);
    }
    model.forest.trees.push_back(std::move(tree));
  }
  return model;
}

}  // namespace fullbase::testing
