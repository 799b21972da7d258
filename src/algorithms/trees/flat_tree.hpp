// A tree laid out to be followed by many rows at once.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "algorithms/trees/forest.hpp"

namespace fullbase::trees {

/// Nodes at the places that they have in the tree. A leaf sends every row to itself, so that rows go down side by side without a
/// branch, until none moves. Memory: 12 bytes a node, 32 a subset.
class FlatTree {
 public:
  explicit FlatTree(const Tree& tree);

  /// The leaf of each of `count` rows: feature f of row i has the bin bins[i * stride + f]. Not collective.
  void leaves(const std::uint8_t* bins, std::int64_t stride, std::int64_t count, std::int32_t* out) const noexcept;

  /// The same, and step(row, from, to) for every node on the way of each row, in order; at a leaf, where other rows still move,
  /// also from the leaf to itself.
  template <class Step>
  void descend(const std::uint8_t* bins, std::int64_t stride, std::int64_t count, std::int32_t* out, const Step& step) const {
    if (has_subsets_) {
      follow<true>(bins, stride, count, out, step);
    } else {
      follow<false>(bins, stride, count, out, step);
    }
  }

  /// What a node splits by; 0 of a leaf.
  std::int32_t feature(std::int32_t node) const noexcept { return nodes_[static_cast<std::size_t>(node)].feature; }

 private:
  /// Rows that go down side by side: enough to hide the wait for memory.
  static constexpr std::int64_t side_by_side = 16;

  struct Flat {
    std::int32_t left = 0;
    std::int32_t feature = 0;
    std::uint8_t last_left = 255;  ///< the last bin that goes left
    std::uint8_t missing_right = 0;
    std::int16_t unused = 0;
  };

  template <bool subsets>
  std::int32_t next(std::int32_t node, const std::uint8_t* bins) const noexcept {
    const Flat& flat = nodes_[static_cast<std::size_t>(node)];
    const std::uint8_t bin = bins[flat.feature];
    std::int32_t right = 0;
    if (subsets && subset_of_[static_cast<std::size_t>(node)] >= 0) {
      right = contains(subsets_[static_cast<std::size_t>(subset_of_[static_cast<std::size_t>(node)])], bin) ? 0 : 1;
    } else {
      right = bin > flat.last_left ? 1 : 0;
    }
    return flat.left + (bin == missing_bin ? flat.missing_right : right);
  }
  template <bool subsets, class Step>
  void follow(const std::uint8_t* bins, std::int64_t stride, std::int64_t count, std::int32_t* out, const Step& step) const {
    for (std::int64_t first = 0; first < count; first += side_by_side) {
      const auto some = static_cast<std::size_t>(std::min(side_by_side, count - first));
      std::array<std::int32_t, side_by_side> at{};
      const std::uint8_t* const rows = bins + first * stride;
      std::int32_t moved = 1;
      while (moved != 0) {
        moved = 0;
        for (std::size_t i = 0; i < some; ++i) {
          const auto to = next<subsets>(at[i], rows + static_cast<std::int64_t>(i) * stride);
          step(first + static_cast<std::int64_t>(i), at[i], to);
          moved |= to ^ at[i];
          at[i] = to;
        }
      }
      std::copy_n(at.begin(), some, out + first);
    }
  }

  std::vector<Flat> nodes_;
  std::vector<std::int32_t> subset_of_;  ///< by node; empty if the tree has no subsets
  std::vector<BinSet> subsets_;
  bool has_subsets_ = false;
};

}  // namespace fullbase::trees
