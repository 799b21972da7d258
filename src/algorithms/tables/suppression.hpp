// Which cells of published totals are left out, so that nothing about few customers can be computed from what is shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fullbase::tables {

/// The cells of one level of a hierarchy, in the order of their parents.
struct CellLevel {
  /// By set of lines (all of them, those where a measure is not missing, ...), then by cell: different customers of such lines in
  /// the cell; cells share some, so that these are not additive.
  std::vector<std::vector<std::int64_t>> customers;
  std::vector<std::int64_t> children;  ///< of each cell: how many cells of the next level are part of it; empty on the last level

  std::size_t cells() const noexcept { return customers.front().size(); }
};

/// Whether cell `cell` is about few customers: fewer than `below` in one of the first `needed` sets; in another, some, but fewer.
bool is_about_few(const CellLevel& level, std::size_t cell, std::int64_t below, std::size_t needed);

/// Whether each cell is shown, level by level. A cell is the disjoint union of its children, so that counts and sums of the shown
/// ones, each over one of the sets of lines, are linear equations about the cells of the last level.
///
/// Guarantee: every sum over cells of the last level that follows from the shown cells by adding and subtracting is one over at
/// least `below` customers in each of the first `needed` sets, and in each of the others over none or as many; so nothing about
/// fewer can be computed. Bounds can (a count is not negative), and so can what somebody computes who knows hidden cells from
/// elsewhere.
///
/// Method. Cells that are about few customers are left out. What a shown cell tells beyond its shown parts is the sum of its
/// hidden last-level cells; these sums are disjoint, and all that follows is sums of them. From the last level up, where a shown
/// cell hides something that is about few, its shown part of fewest customers that mends it is left out too (ties: the first),
/// with the smallest of its own parts in turn where all of those are shown. Customers are different ones, and cells share some:
/// what is sure is that hidden cells together have as many as the largest, and as all have less those of the shown ones.
///
/// levels: coarsest first, with the same sets, one or more. Cost: O(cells x sets), and as much again for each cell that is left
/// out for others, over the parts of those that it is part of.
std::vector<std::vector<std::uint8_t>> shown_cells(const std::vector<CellLevel>& levels, std::int64_t below,
                                                   std::size_t needed = 1);

}  // namespace fullbase::tables
