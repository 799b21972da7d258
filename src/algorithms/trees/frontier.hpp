// The upper part of some trees, down to nodes of few enough rows: counted where the rows lie, by all ranks and threads together.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/trees/labels.hpp"
#include "algorithms/trees/rules.hpp"
#include "algorithms/trees/subtree.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::trees {

/// A node that is handed on to one rank with its rows.
struct SmallNode {
  int tree = 0;            ///< of the frontier's, from 0
  std::int32_t node = 0;   ///< in that tree
  std::int64_t drawn = 0;  ///< its rows, as often as drawn
};

/// Every member is collective but those that say otherwise.
///
/// Each tree keeps for each local row which node it is in, and how often it was drawn: 4 bytes. A level passes once over the bins
/// of the local rows, for all trees; histograms of its nodes (256 bins of the features drawn) are summed by sum_scatter(), so
/// that a rank has its share of (node, feature) pairs whole, finds their best splits, and gathers those of all. Levels of more
/// nodes than histogram_bytes takes pass several times. Sends, a level: nodes * features * 2048 * cells * (ranks - 1) / ranks
/// bytes of histograms, and (56 + 8 width) bytes a node to all.
class Frontier {
 public:
  struct Size {
    int first_tree = 0;
    int trees = 1;
    std::int64_t small_rows = 0;       ///< nodes of at most so many rows, as drawn, are small
    std::int64_t histogram_bytes = 0;  ///< for one copy of a level's histograms, of which there is one a thread
  };
  Frontier(comm::Communicator& communicator, const GrowRows& rows, const Labels& labels, const GrowRules& rules,
           const Bootstrap& bootstrap, const Size& size);

  /// Bytes that the rows of so many trees take.
  static std::int64_t bytes(std::int64_t local_rows, int trees) noexcept { return 4 * local_rows * trees; }

  /// Grows until every node is a leaf, split, or small. `after_level` is called after each level.
  void grow(const std::function<void()>& after_level);

  /// Not collective; after grow().
  const std::vector<SmallNode>& small_nodes() const noexcept { return small_; }
  const GrowingTree& tree(int tree) const noexcept { return trees_[static_cast<std::size_t>(tree)].grown; }
  SubtreeRoot root_of(const SmallNode& small) const noexcept;
  std::span<const std::int64_t> totals_of(const SmallNode& small) const noexcept;

  /// Local rows of each small node. Not collective.
  std::span<const std::int64_t> local_counts() const noexcept { return counts_; }
  /// The local rows of the small nodes, node after node, counted from the rank's first; and how often each was drawn. Not
  /// collective. Memory: 5 bytes a row that was drawn.
  struct RowLists {
    std::vector<std::int64_t> starts;  ///< a small node, and the number of rows
    std::vector<std::uint32_t> rows;
    std::vector<std::uint8_t> drawn;
  };
  RowLists row_lists() const;

  /// Where a small node's local rows go: features() bins a row, and its label's words; null where they are not asked for.
  struct Target {
    std::uint8_t* bins = nullptr;
    std::uint64_t* words = nullptr;
  };
  /// Copies the rows of a small node from a matrix that is in memory. Not collective.
  void copy_rows(const RowLists& lists, std::size_t small, const Target& target) const;
  /// Copies the local rows of small nodes, one target a small node, in any order, in a pass over the matrix. Not collective.
  void copy_rows(std::span<const Target> targets) const;
  bool is_resident() const noexcept { return rows_.matrix.resident_blocks() == rows_.matrix.local().size(); }

 private:
  static constexpr int drawn_bits = 6;  ///< of a row's word; the bootstrap draws a row 12 times at most

  static constexpr std::uint32_t node_of_row(std::uint32_t row) noexcept { return row >> drawn_bits; }
  static constexpr std::uint32_t drawn_of(std::uint32_t row) noexcept { return row & ((1U << drawn_bits) - 1); }

  enum class State : std::uint8_t { open, settled, small };
  struct Place {
    Path path = 1;
    int depth = 0;
    int draw = 0;  ///< of features, for an open node
    State state = State::open;
    std::int32_t slot = -1;  ///< of a small node, in small_nodes()
  };
  struct UpperTree {
    GrowingTree grown;
    std::vector<Place> places;        ///< a node
    std::vector<std::uint32_t> rows;  ///< a local row: its node, and in the lowest 6 bits how often it was drawn
  };
  struct OpenNode {
    int tree = 0;
    std::int32_t node = 0;
    std::vector<std::int32_t> features = {};
  };
  struct Level {
    std::vector<OpenNode> nodes;
    std::vector<std::int64_t> first_pair;  ///< a node, and their number: pairs of node and feature
  };

  void draw_rows();
  void place(UpperTree& tree, std::int32_t node, Path path, int depth);
  Level next_level();
  void grow_level(Level& level);
  std::vector<std::uint64_t> count(const Level& level, std::size_t first, std::size_t last);
  void split(const Level& level, std::size_t first, std::size_t last, std::span<const std::uint64_t> sums,
             std::span<const std::int64_t> pair_starts);
  void settle();

  /// What a pass over the rows does in a node, side by side for the nodes of one tree.
  struct Visit {
    std::int32_t left = 0;      ///< a node that has been split: its left child; 0: none that rows are in
    std::int32_t feature = -1;  ///< ... and how
    std::int32_t pair = -1;     ///< a node that is counted: its first pair of the pass
    std::int32_t pairs = 0;
    BinSet goes_left = {};

    bool sends_left(std::uint8_t bin) const noexcept { return contains(goes_left, bin); }
  };
  std::vector<Visit> visits_of(const UpperTree& tree) const;
  /// A row in the node, or in the child of it, that it is in now.
  static std::uint32_t moved_on(std::span<const Visit> visits, std::uint32_t row, const std::uint8_t* bins) noexcept {
    const auto& visit = visits[node_of_row(row)];
    if (visit.left == 0) return row;
    const auto side = visit.sends_left(bins[visit.feature]) ? 0U : 1U;
    return (static_cast<std::uint32_t>(visit.left) + side) << drawn_bits | drawn_of(row);
  }

  comm::Communicator& communicator_;
  const GrowRows& rows_;
  const Labels& labels_;
  const GrowRules& rules_;
  const Bootstrap& bootstrap_;
  Size size_;
  std::int64_t first_row_;
  std::vector<UpperTree> trees_;
  std::vector<SmallNode> small_;
  std::vector<std::int64_t> counts_;
};

}  // namespace fullbase::trees
