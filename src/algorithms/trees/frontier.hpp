// The upper part of some trees, down to nodes of few enough rows: counted where the rows lie, by all ranks and threads together.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/trees/labels.hpp"
#include "algorithms/trees/level_histograms.hpp"
#include "algorithms/trees/rules.hpp"
#include "algorithms/trees/subtree.hpp"
#include "algorithms/trees/upper_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::trees {

/// A node that is handed on to one rank with its rows.
struct SmallNode {
  int tree = 0;           ///< of the frontier's, from 0
  std::int32_t node = 0;  ///< in that tree
};

/// Levels are counted by LevelHistograms; every rank looks for the best splits in its share of the histograms, and the best of
/// all are gathered. Memory: UpperRows, which lie ready for the next trees, and the histograms. Sends, beside those, (56 + 8
/// width) bytes to all for each node and rank that has a share of it.
class Frontier {
 public:
  struct Size {
    int trees = 1;                     ///< that grow together, at most
    std::int64_t small_rows = 0;       ///< nodes of at most so many rows, as drawn, are small
    std::int64_t histogram_bytes = 0;  ///< for one copy of a pass's histograms
  };
  Frontier(comm::Communicator& communicator, const GrowRows& rows, const Labels& labels, const GrowRules& rules,
           const Bootstrap& bootstrap, const Size& size);

  /// Collective. Draws the rows of trees [first, first + count) and grows them until every node is a leaf, split, or small; what
  /// was grown before is gone. `after_pass` is called after each pass over the rows.
  void grow(int first, int count, const std::function<void()>& after_pass);

  // After grow(); not collective.
  const std::vector<SmallNode>& small_nodes() const noexcept { return small_; }
  const GrowingTree& tree(int tree) const noexcept { return trees_[static_cast<std::size_t>(tree)].grown; }
  SubtreeRoot root_of(const SmallNode& small) const noexcept;
  std::span<const std::int64_t> totals_of(const SmallNode& small) const noexcept;
  /// Local rows of each small node.
  std::span<const std::int64_t> local_counts() const noexcept { return counts_; }
  bool is_listed() const noexcept { return upper_->is_listed(); }
  /// As UpperRows::copy().
  void copy(std::span<const RowsTarget> targets) const { upper_->copy(trees_, targets); }
  void copy(std::size_t slot, const RowsTarget& target) const { upper_->copy(slot, target); }

 private:
  void draw_rows(int first);
  void place(UpperTree& tree, std::int32_t node, const Place& place);
  std::vector<OpenNode> next_level() const;
  void split(std::span<const OpenNode> nodes, const LevelHistograms& histograms);

  comm::Communicator& communicator_;
  const Labels& labels_;
  const GrowRules& rules_;
  Size size_;
  std::unique_ptr<UpperRows> upper_;
  std::vector<UpperTree> trees_;
  std::vector<SmallNode> small_;
  std::vector<std::int64_t> counts_;
};

}  // namespace fullbase::trees
