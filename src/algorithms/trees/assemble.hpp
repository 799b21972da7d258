// Parts of a tree put together, level by level from the root.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/trees/forest.hpp"
#include "algorithms/trees/frontier.hpp"
#include "algorithms/trees/labels.hpp"
#include "algorithms/trees/rules.hpp"

namespace fullbase::trees {

/// What turns totals into what a node tells.
struct NodeValues {
  Counting counting;
  std::vector<double> class_weights = {};  ///< empty: all 1
  double centre = 0;                       ///< a regression's mean is centre + step * sum / weight
  double step = 1;
};

/// Tree `tree` of the frontier with what has grown of its small nodes; `grown` as the frontier's small_nodes().
Tree assemble(const Frontier& frontier, int tree, const std::vector<GrowingTree>& grown, const NodeValues& values);

/// The tree with at most `max_leaves` leaves that splits of the greatest gain make, one after the other from the root on; ties to
/// the node that comes first.
Tree best_first(const Tree& tree, std::int64_t max_leaves, int width);

}  // namespace fullbase::trees
