// Which of a rank's rows are in which node of the upper parts of some trees.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/trees/grow.hpp"
#include "algorithms/trees/labels.hpp"
#include "algorithms/trees/upper_tree.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::trees {

/// A node whose histograms are counted: that of its feature j begins at `first` + j * step, counted in histograms.
struct CountedNode {
  int tree = 0;  ///< among the trees that grow together
  std::int32_t node = 0;
  std::int64_t first = 0;
  std::span<const std::int32_t> features = {};
};

/// Where a node's local rows go: a bin a feature and row, and its label's words; null where they are not asked for.
struct RowsTarget {
  std::uint8_t* bins = nullptr;
  std::uint64_t* words = nullptr;
};

/// No member communicates. Two ways to keep the rows, the same in what they tell but for the order of rows:
///  - of a matrix in memory, the rows that are drawn are listed node by node, so that a node is counted in one tight loop: 10
///  bytes
///    a drawn row of a tree, in two lists between which rows move on;
///  - of one that is streamed, every row keeps its node, and each pass over the blocks serves all nodes: 4 bytes a row of a tree.
class UpperRows {
 public:
  virtual ~UpperRows() = default;
  UpperRows(const UpperRows&) = delete;
  UpperRows& operator=(const UpperRows&) = delete;

  /// Bytes of so many local rows of so many trees.
  static std::int64_t bytes(std::int64_t local_rows, int trees, bool is_resident) noexcept {
    return (is_resident ? 10 : 4) * local_rows * trees;
  }

  /// All rows that tree `number` draws are in the root of tree `tree` now; adds them to `totals`.
  virtual void draw(int tree, int number, std::int64_t* totals) = 0;
  /// The same of rows that are each drawn once, whatever the bootstrap says.
  virtual void take_all(int tree) = 0;

  /// Moves rows on to the children of nodes that were split, then counts: `histograms` histograms in all.
  virtual std::vector<std::uint64_t> count(std::span<const UpperTree> trees, std::span<const CountedNode> nodes,
                                           std::int64_t step, std::int64_t histograms) = 0;
  /// Moves rows on; returns how many are in each of so many small nodes.
  virtual std::vector<std::int64_t> settle(std::span<const UpperTree> trees, std::size_t small_nodes) = 0;

  /// Whether one node's rows are found without a look at others.
  virtual bool is_listed() const noexcept = 0;
  /// Copies the rows of small nodes, one target a slot. From one thread, or where they are listed from several on several slots.
  virtual void copy(std::span<const UpperTree> trees, std::span<const RowsTarget> targets) const = 0;
  virtual void copy(std::size_t slot, const RowsTarget& target) const = 0;

 protected:
  UpperRows() = default;
};

/// Of trees that grow together, at most so many.
std::unique_ptr<UpperRows> listed_rows(const data::ByteBlocks& matrix, const Labels& labels, const Bootstrap& bootstrap,
                                       int trees);
std::unique_ptr<UpperRows> streamed_rows(const data::ByteBlocks& matrix, const Labels& labels, const Bootstrap& bootstrap,
                                         int trees);

/// Adds up the threads' parts, of which each is of this size or empty.
std::vector<std::uint64_t> sum_of_parts(std::vector<std::vector<std::uint64_t>>& parts, std::size_t size);

/// Copies a row's bins: too few to call for.
inline void copy_bins(const std::uint8_t* from, std::size_t count, std::uint8_t* to) noexcept {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) __builtin_memcpy(to + i, from + i, 4);
  for (; i < count; ++i) to[i] = from[i];
}

}  // namespace fullbase::trees
