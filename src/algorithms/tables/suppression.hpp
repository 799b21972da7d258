// Which cells of published totals are left out, so that nothing about few customers can be computed from what is shown.
#pragma once

#include <cstdint>
#include <vector>

namespace fullbase::tables {

/// The cells of one level of a hierarchy, in the order of their parents.
struct CellLevel {
  std::vector<std::int64_t> customers;  ///< of each cell: different ones, not additive
  std::vector<std::int64_t> children;  ///< of each cell: how many cells of the next level are part of it; empty on the last level
};

/// Whether each cell is shown, level by level. A cell is the disjoint union of its children, so that counts and sums of the shown
/// ones are linear equations about the cells of the last level.
///
/// Guarantee: every sum over cells of the last level that follows from the shown cells by adding and subtracting is one over at
/// least `below` customers; so no cell of fewer can be computed. Bounds can (a count is not negative), and so can what somebody
/// computes who knows hidden cells from elsewhere.
///
/// Method. Cells of fewer than `below` customers are left out. What a shown cell tells beyond its shown parts is the sum of its
/// hidden last-level cells; these sums are disjoint, and all that follows is sums of them. From the last level up, where a shown
/// cell hides something, but no part of `below` customers, its shown child of fewest customers is left out too (ties: the first),
/// with the smallest of its children in turn where all of those are shown. Customers are different ones, and cells share some:
/// what is sure is that hidden cells together have as many as the largest.
///
/// levels: coarsest first. Cost: O(cells).
std::vector<std::vector<std::uint8_t>> shown_cells(const std::vector<CellLevel>& levels, std::int64_t below);

}  // namespace fullbase::tables
