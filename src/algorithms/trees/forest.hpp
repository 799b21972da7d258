// A forest: trees over binned features, as they are grown, stored and followed.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "algorithms/trees/bins.hpp"

namespace fullbase::trees {

/// Bins that go left at a split by categories: bit b of word b / 64.
using BinSet = std::array<std::uint64_t, 4>;
constexpr bool contains(const BinSet& set, std::uint8_t bin) noexcept {
  return ((set[bin >> 6] >> (bin & 63)) & 1) != 0;
}

constexpr void insert(BinSet& set, std::uint8_t bin) noexcept {
  set[bin >> 6] |= std::uint64_t{1} << (bin & 63);
}

struct Node {
  std::int32_t left = 0;      ///< position of the left child in its tree, the right one follows it; 0: a leaf
  std::int32_t feature = -1;  ///< -1: a leaf
  std::int32_t subset = -1;   ///< in Tree::subsets, at a split by categories; -1: by a number
  std::uint8_t bin = 0;       ///< by a number: rows of bins <= bin go left
  bool missing_left = false;  ///< the side of missing values, whichever the split
  std::int64_t rows = 0;      ///< of the training rows, counted as often as they were drawn
  double gain = 0;            ///< decrease of impurity times the node's weight; 0 at a leaf

  bool is_leaf() const noexcept { return left == 0; }
  friend bool operator==(const Node&, const Node&) = default;
};

/// Nodes level by level from the root, left to right, so that equal trees are equal arrays.
struct Tree {
  std::vector<Node> nodes;
  /// What a row would be told if it stopped at a node, Forest::width() values a node: the second class's probability of two, all
  /// classes' probabilities, or the mean.
  std::vector<double> values;
  std::vector<BinSet> subsets;

  friend bool operator==(const Tree&, const Tree&) = default;
};

/// The child that a row goes to, given its bin of the node's feature.
inline std::int32_t child(const Tree& tree, const Node& node, std::uint8_t bin) noexcept {
  bool left = node.missing_left;
  if (bin != missing_bin)
    left = node.subset < 0 ? bin <= node.bin : contains(tree.subsets[static_cast<std::size_t>(node.subset)], bin);
  return node.left + (left ? 0 : 1);
}

struct Forest {
  int classes = 2;  ///< 1: regression
  std::vector<Tree> trees;

  /// Values a node.
  int width() const noexcept { return classes <= 2 ? 1 : classes; }
};

}  // namespace fullbase::trees
