// Trees as people read them: as indented text, as a graph for Graphviz.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/trees/forest_scorer.hpp"

namespace fullbase::trees {

/// What a node splits by, in the feature's own units.
struct SplitText {
  std::string feature;
  std::optional<double> threshold = {};  ///< numbers: the greatest value that goes left; nothing where only missing ones go right
  std::vector<std::string> categories = {};  ///< those that go left, in byte order
  bool categorical = false;
  bool missing_left = false;

  /// "age <= 32.5", "city in {Bath, York}", "age is not missing"; and the opposite. Of many categories `most` are named.
  std::string left(std::size_t most) const;
  std::string right(std::size_t most) const;
};
/// Of a node that is no leaf.
SplitText split_text(const ForestModel& model, const Tree& tree, const Node& node);

/// What rows at a node are told.
struct NodeTold {
  int predicted = -1;  ///< the class that job: predict tells (learning::Scorer::output); -1: a number is told
  double value = 0;    ///< the number, or of two classes the second's probability, of more the predicted one's
};
NodeTold node_told(const ForestModel& model, const Tree& tree, std::int64_t node);

/// Lines as scikit-learn's export_text has them: a line a side of a split, a line a leaf, children below their parents.
std::vector<std::string> tree_lines(const ForestModel& model, int tree);
/// The lines of a graph in the DOT language; left children first.
std::vector<std::string> dot_lines(const ForestModel& model, int tree);

}  // namespace fullbase::trees
