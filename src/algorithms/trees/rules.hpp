// What decides how a tree grows, from its root to its leaves, wherever a node's rows lie.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/trees/grow.hpp"
#include "algorithms/trees/split.hpp"
#include "random/generator.hpp"

namespace fullbase::trees {

/// A node's place in its tree: 1 is the root, 2 p and 2 p + 1 are the children of p; beyond 62 levels a hash of the way to it.
using Path = std::uint64_t;

/// The same on every rank, and for all trees.
class GrowRules {
 public:
  /// A split gains at least `least_gain`, in the unit of the totals. Features are drawn by `key`.
  GrowRules(const GrowOptions& options, Counting counting, std::span<const FeatureBins> bins, double least_gain, random::Key key);

  const SplitRules& splits() const noexcept { return splits_; }
  const Counting& counting() const noexcept { return splits_.counting; }
  std::span<const FeatureBins> bins() const noexcept { return bins_; }
  int features() const noexcept { return static_cast<int>(bins_.size()); }
  /// Features drawn at a node at a time.
  int features_per_node() const noexcept { return per_node_; }
  bool uses_all_features() const noexcept { return per_node_ == features(); }
  /// Draws until every feature has been looked at.
  int most_draws() const noexcept { return (features() + per_node_ - 1) / per_node_; }

  /// The features of draw `draw` at a node, ascending: a further draw follows where the ones before it split nothing, and has
  /// none of theirs. Into `buffer`.
  std::span<const std::int32_t> features_of(int tree, Path path, int draw, std::vector<std::int32_t>& buffer) const;

  bool is_deep_enough(int depth) const noexcept { return max_depth_ > 0 && depth >= max_depth_; }
  Path child(Path path, int side) const noexcept;

 private:
  SplitRules splits_;
  std::span<const FeatureBins> bins_;
  int per_node_;
  int max_depth_;
  random::Generator generator_;
};

/// A node as it grows: a leaf until it is split. Plain, so that ranks can send it.
struct GrowingNode {
  std::int32_t left = 0;  ///< the right child follows the left one; 0: a leaf
  std::int32_t unused = 0;
  Split split = {};
};

/// Nodes of a tree or a part of it, the first its root, and their totals, Counting::width() a node.
struct GrowingTree {
  std::vector<GrowingNode> nodes;
  std::vector<std::int64_t> totals;

  std::int32_t add(const std::int64_t* node_totals, int width) {
    nodes.emplace_back();
    totals.insert(totals.end(), node_totals, node_totals + width);
    return static_cast<std::int32_t>(nodes.size()) - 1;
  }
  /// Splits node `node`: adds its children, whose totals are `left` and what is left of the node's own.
  void split(std::int32_t node, const Split& how, const std::int64_t* left, int width);
};

}  // namespace fullbase::trees
