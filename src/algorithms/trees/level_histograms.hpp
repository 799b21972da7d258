// Histograms of the nodes of a level, summed over the ranks, of which each has a share whole.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/trees/rules.hpp"
#include "algorithms/trees/upper_rows.hpp"
#include "comm/communicator.hpp"

namespace fullbase::trees {

/// A node that ranks look for a split of together.
struct OpenNode {
  int tree = 0;
  std::int32_t node = 0;
  std::vector<std::int32_t> features = {};
};

/// Counts in passes over the local rows, which move on to their nodes' children on the way.
///
/// Where nodes look at features that they drew, a rank's share are some (node, feature) pairs; where they look at all features,
/// it is some features of every node, and of two children of a node whose histograms are still there the smaller is counted and
/// the other is what is left. Sends 2048 * cells bytes a pair that is counted to the rank whose it is: (ranks - 1) / ranks of a
/// pass. Memory: histogram_bytes a thread, and twice between ranks; for all features, as much again for the level before.
class LevelHistograms {
 public:
  LevelHistograms(comm::Communicator& communicator, UpperRows& rows, const GrowRules& rules, std::int64_t histogram_bytes);

  /// Collective. Counts as many of `nodes` as fit, from the first on, and returns how many those are.
  std::size_t count(std::span<const UpperTree> trees, std::span<const OpenNode> nodes);

  /// Of the nodes counted last: the histogram of feature `j` of node `n`'s features; null if it is another rank's. Not
  /// collective.
  const std::uint64_t* of(std::size_t n, std::size_t j) const noexcept;

 private:
  using NodeName = std::pair<int, std::int32_t>;  ///< tree, node

  std::size_t count_drawn_features(std::span<const UpperTree> trees, std::span<const OpenNode> nodes);
  std::size_t count_all_features(std::span<const UpperTree> trees, std::span<const OpenNode> nodes);
  /// One pass: node counted[c] of `nodes` has its feature j's histogram at firsts[c] + j * step, of `histograms`.
  std::vector<std::uint64_t> pass(std::span<const UpperTree> trees, std::span<const OpenNode> nodes,
                                  std::span<const std::size_t> counted, std::span<const std::int64_t> firsts, std::int64_t step,
                                  std::int64_t histograms);
  std::vector<std::uint64_t> scattered(const std::vector<std::uint64_t>& counts, std::span<const std::int64_t> starts);

  comm::Communicator& communicator_;
  UpperRows& rows_;
  const GrowRules& rules_;
  std::int64_t at_once_;  ///< histograms in a pass
  std::size_t cells_;     ///< of a feature's histogram

  std::vector<std::uint64_t> sums_;  ///< this rank's
  std::int64_t own_first_ = 0;       ///< of the pairs, or of the features
  std::int64_t own_last_ = 0;
  std::vector<std::int64_t> first_pair_;      ///< a node, where features are drawn
  std::size_t nodes_ = 0;                     ///< counted last
  std::map<NodeName, std::size_t> place_of_;  ///< of those, where all features are looked at
};

}  // namespace fullbase::trees
