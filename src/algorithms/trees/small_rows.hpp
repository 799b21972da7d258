// The rows of nodes that are handed over, taken from where they lie.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/trees/labels.hpp"
#include "algorithms/trees/upper_tree.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::trees {

/// Where a node's local rows go: a bin a feature and row, and its label's words; null where they are not asked for.
struct RowsTarget {
  std::uint8_t* bins = nullptr;
  std::uint64_t* words = nullptr;
};

/// The local rows of nodes, node after node, counted from the rank's first; and how often each was drawn. Memory: 5 bytes a row.
struct RowLists {
  std::vector<std::int64_t> starts;  ///< a node, and the number of rows
  std::vector<std::uint32_t> rows;
  std::vector<std::uint8_t> drawn;
};

/// Not collective. `counts` has the number of rows of each small node (Place::slot).
RowLists list_rows(std::span<const UpperTree> trees, std::span<const std::int64_t> counts);

/// Copies the rows of node `slot` from a matrix that is in memory. Not collective.
void copy_rows(const data::ByteBlocks& matrix, const Labels& labels, const RowLists& lists, std::size_t slot,
               const RowsTarget& target);

/// Copies the rows of small nodes, one target a slot, in any order, in a pass over the matrix. Not collective.
void copy_rows(const data::ByteBlocks& matrix, const Labels& labels, std::span<const UpperTree> trees,
               std::span<const RowsTarget> targets);

}  // namespace fullbase::trees
