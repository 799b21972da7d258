// A tree laid out to be followed by many rows at once.
#pragma once

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

  /// The child that a row with these bins goes to from `node`; a leaf's is itself.
  std::int32_t next(std::int32_t node, const std::uint8_t* bins) const noexcept {
    return has_subsets_ ? step<true>(node, bins) : step<false>(node, bins);
  }

 private:
  struct Flat {
    std::int32_t left = 0;
    std::int32_t feature = 0;
    std::uint8_t last_left = 255;  ///< the last bin that goes left
    std::uint8_t missing_right = 0;
    std::int16_t unused = 0;
  };

  template <bool subsets>
  std::int32_t step(std::int32_t node, const std::uint8_t* bins) const noexcept {
    const Flat& flat = nodes_[static_cast<std::size_t>(node)];
    const std::uint8_t bin = bins[flat.feature];
    std::int32_t right = 0;
    if (subsets && subset_of_[static_cast<std::size_t>(node)] >= 0) {
      right = contains(subsets_[static_cast<std::size_t>(subset_of_[static_cast<std::size_t>(node)])], bin) ? 0 : 1;
    } else {
      right = bin > flat.last_left ? 1 : 0;
    }
    return flat.left + (bin == 255 ? flat.missing_right : right);
  }
  template <bool subsets>
  void follow(const std::uint8_t* bins, std::int64_t stride, std::int64_t count, std::int32_t* out) const noexcept;

  std::vector<Flat> nodes_;
  std::vector<std::int32_t> subset_of_;  ///< by node; empty if the tree has no subsets
  std::vector<BinSet> subsets_;
  bool has_subsets_ = false;
};

}  // namespace fullbase::trees
