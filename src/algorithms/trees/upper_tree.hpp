// The upper part of one tree, and which of its nodes each of a rank's rows is in.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/trees/forest.hpp"
#include "algorithms/trees/rules.hpp"
#include "base/block.hpp"

namespace fullbase::trees {

/// A row's node, and in the lowest 6 bits how often the tree draws the row (at most 12 times); 0: not at all.
namespace row_word {
inline constexpr int drawn_bits = 6;
inline constexpr std::size_t most_nodes = std::size_t{1} << (32 - drawn_bits);
constexpr std::uint32_t node(std::uint32_t word) noexcept {
  return word >> drawn_bits;
}
constexpr std::uint32_t drawn(std::uint32_t word) noexcept {
  return word & ((1U << drawn_bits) - 1);
}
constexpr std::uint32_t in_node(std::uint32_t node, std::uint32_t word) noexcept {
  return node << drawn_bits | drawn(word);
}
}  // namespace row_word

/// Where a node stands in the growing of its tree.
struct Place {
  enum class State : std::uint8_t { open, settled, small };
  Path path = 1;
  int depth = 0;
  int draw = 0;  ///< of features, for an open node
  State state = State::open;
  std::int32_t parent = -1;
  std::int32_t slot = -1;  ///< of a small node, in Frontier::small_nodes()
};

struct UpperTree {
  GrowingTree grown;
  std::vector<Place> places;        ///< a node
  std::vector<std::uint32_t> rows;  ///< row_word of each local row
};

/// What a pass over the rows does in a node, side by side for the nodes of one tree.
struct Visit {
  std::int32_t left = 0;      ///< a node that has been split: its left child; 0: none that rows are to leave
  std::int32_t feature = -1;  ///< ... and how
  std::int32_t first = -1;    ///< a node that is counted: where its features' histograms begin; -1: not in this pass
  std::int32_t features = 0;  ///< ... where its features are listed, and how many
  std::int32_t count = 0;
  BinSet goes_left = {};
};
/// Of all nodes: those that have been split say where rows go.
std::vector<Visit> visits_of(const GrowingTree& tree);

/// The row's word, in the child that its node has got since.
inline std::uint32_t moved_on(std::span<const Visit> visits, std::uint32_t word, const std::uint8_t* bins) noexcept {
  const auto& visit = visits[row_word::node(word)];
  if (visit.left == 0) return word;
  const auto side = contains(visit.goes_left, bins[visit.feature]) ? 0U : 1U;
  return row_word::in_node(static_cast<std::uint32_t>(visit.left) + side, word);
}

/// Which of a block's rows a tree has drawn, in order, without a branch on what is random; and their number.
struct DrawnRows {
  std::array<std::int16_t, base::block_rows> rows;
  std::int64_t count = 0;

  explicit DrawnRows(std::span<const std::uint32_t> words) noexcept {
    for (std::size_t i = 0; i < words.size(); ++i) {
      rows[static_cast<std::size_t>(count)] = static_cast<std::int16_t>(i);
      count += words[i] != 0 ? 1 : 0;
    }
  }
};

}  // namespace fullbase::trees
