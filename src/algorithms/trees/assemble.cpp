#include "algorithms/trees/assemble.hpp"

#include <algorithm>
#include <queue>
#include <span>

namespace fullbase::trees {
namespace {

class Assembly {
 public:
  /// Of a tree of so many nodes, for which there is room from the start: a forest holds no more than its nodes.
  Assembly(const NodeValues& values, std::size_t nodes) : values_(values) {
    tree_.nodes.reserve(nodes);
    tree_.values.reserve(nodes * static_cast<std::size_t>(values.counting.classes <= 2 ? 1 : values.counting.classes));
  }

  /// Adds a node; `parent` is the place of its parent's values, whose they are where the node's own classes all weigh 0.
  void add(std::span<const std::int64_t> totals, std::ptrdiff_t parent) {
    const auto& counting = values_.counting;
    auto& node = tree_.nodes.emplace_back();
    node.rows = counting.weight(totals.data());
    const auto weight = [&](std::size_t k) { return values_.class_weights.empty() ? 1.0 : values_.class_weights[k]; };
    if (counting.classes == 1) {
      tree_.values.push_back(values_.centre + values_.step * (static_cast<double>(totals[1]) / static_cast<double>(totals[0])));
      return;
    }
    std::vector<double> counts;
    if (counting.kind == Counting::Kind::classes) {
      for (std::size_t k = 0; k < totals.size(); ++k) counts.push_back(weight(k) * static_cast<double>(totals[k]));
    } else {
      counts = {weight(0) * static_cast<double>(totals[0] - totals[1]), weight(1) * static_cast<double>(totals[1])};
    }
    double sum = 0;
    for (const double count : counts) sum += count;
    for (std::size_t k = counting.classes == 2 ? 1 : 0; k < counts.size(); ++k) {
      const auto from_parent = static_cast<std::size_t>(std::max<std::ptrdiff_t>(parent, 0)) + (counting.classes == 2 ? 0 : k);
      const double without = parent < 0 ? 1 / static_cast<double>(counting.classes) : tree_.values[from_parent];
      tree_.values.push_back(sum > 0 ? counts[k] / sum : without);
    }
  }

  void split(std::size_t node, const Split& split) {
    auto& at = tree_.nodes[node];
    at.left = static_cast<std::int32_t>(tree_.nodes.size());
    at.feature = split.feature;
    at.bin = split.bin;
    at.missing_left = split.missing_left;
    at.gain = split.gain * (values_.counting.classes == 1 ? values_.step * values_.step : 1);
    if (!split.by_set) return;
    at.subset = static_cast<std::int32_t>(tree_.subsets.size());
    tree_.subsets.push_back(split.set);
  }

  Tree take() { return std::move(tree_); }

 private:
  const NodeValues& values_;
  Tree tree_;
};

}  // namespace

Tree assemble(const Frontier& frontier, int tree, const std::vector<GrowingTree>& grown, const NodeValues& values) {
  const auto& upper = frontier.tree(tree);
  const auto width = static_cast<std::size_t>(values.counting.width());
  std::vector<const GrowingTree*> continued(upper.nodes.size(), nullptr);
  auto nodes = upper.nodes.size();
  for (std::size_t i = 0; i < grown.size(); ++i) {
    const auto& small = frontier.small_nodes()[i];
    if (small.tree != tree) continue;
    continued[static_cast<std::size_t>(small.node)] = &grown[i];
    nodes += grown[i].nodes.size() - 1;
  }
  struct Next {
    const GrowingTree* part;
    std::int32_t node;
  };
  const auto at = [&](const GrowingTree* part, std::int32_t node) {
    const auto* const below = part == &upper ? continued[static_cast<std::size_t>(node)] : nullptr;
    return below == nullptr ? Next{part, node} : Next{below, 0};
  };
  const int outputs = values.counting.classes <= 2 ? 1 : values.counting.classes;
  Assembly assembly(values, nodes);
  std::vector<Next> level = {at(&upper, 0)};
  assembly.add(std::span(upper.totals).first(width), -1);
  std::size_t first = 0;  // number of the level's first node
  while (!level.empty()) {
    std::vector<Next> below;
    for (std::size_t i = 0; i < level.size(); ++i) {
      const auto& [part, node] = level[i];
      const auto& growing = part->nodes[static_cast<std::size_t>(node)];
      if (growing.left == 0) continue;
      assembly.split(first + i, growing.split);
      for (int side = 0; side < 2; ++side) {
        const auto child = growing.left + side;
        assembly.add(std::span(part->totals).subspan(static_cast<std::size_t>(child) * width, width),
                     static_cast<std::ptrdiff_t>(first + i) * outputs);
        below.push_back(at(part, child));
      }
    }
    first += level.size();
    level = std::move(below);
  }
  return assembly.take();
}

Tree best_first(const Tree& tree, std::int64_t max_leaves, int width) {
  const auto lower = [&](std::int32_t a, std::int32_t b) {
    const double x = tree.nodes[static_cast<std::size_t>(a)].gain;
    const double y = tree.nodes[static_cast<std::size_t>(b)].gain;
    return x != y ? x < y : a > b;
  };
  std::priority_queue<std::int32_t, std::vector<std::int32_t>, decltype(lower)> leaves(lower);
  std::vector<std::uint8_t> is_split(tree.nodes.size(), 0);
  const auto add = [&](std::int32_t node) {
    if (!tree.nodes[static_cast<std::size_t>(node)].is_leaf()) leaves.push(node);
  };
  add(0);
  for (std::int64_t count = 1; count < max_leaves && !leaves.empty(); ++count) {
    const auto node = leaves.top();
    leaves.pop();
    is_split[static_cast<std::size_t>(node)] = 1;
    add(tree.nodes[static_cast<std::size_t>(node)].left);
    add(tree.nodes[static_cast<std::size_t>(node)].left + 1);
  }
  Tree kept;
  std::vector<std::int32_t> order = {0};  // nodes of `tree` in the order of `kept`, which is that of their levels
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto from = static_cast<std::size_t>(order[i]);
    auto node = tree.nodes[from];
    kept.values.insert(kept.values.end(), tree.values.begin() + static_cast<std::ptrdiff_t>(from) * width,
                       tree.values.begin() + static_cast<std::ptrdiff_t>(from + 1) * width);
    if (is_split[from] == 0) {
      kept.nodes.push_back({.rows = node.rows});
      continue;
    }
    order.push_back(node.left);
    order.push_back(node.left + 1);
    node.left = static_cast<std::int32_t>(order.size()) - 2;
    if (node.subset >= 0) {
      kept.subsets.push_back(tree.subsets[static_cast<std::size_t>(node.subset)]);
      node.subset = static_cast<std::int32_t>(kept.subsets.size()) - 1;
    }
    kept.nodes.push_back(node);
  }
  return kept;
}

}  // namespace fullbase::trees
