#include "algorithms/trees/flat_tree.hpp"

#include <algorithm>
#include <array>

namespace fullbase::trees {
namespace {

/// Rows that go down side by side: enough to hide the wait for memory.
constexpr std::int64_t side_by_side = 16;

}  // namespace

FlatTree::FlatTree(const Tree& tree) : subsets_(tree.subsets), has_subsets_(!tree.subsets.empty()) {
  for (std::size_t n = 0; n < tree.nodes.size(); ++n) {
    const auto& node = tree.nodes[n];
    Flat flat;
    if (node.is_leaf()) {
      flat.left = static_cast<std::int32_t>(n);
    } else {
      flat.left = node.left;
      flat.feature = node.feature;
      flat.last_left = node.bin;
      flat.missing_right = node.missing_left ? 0 : 1;
    }
    nodes_.push_back(flat);
    if (has_subsets_) subset_of_.push_back(node.is_leaf() ? -1 : node.subset);
  }
}

void FlatTree::leaves(const std::uint8_t* bins, std::int64_t stride, std::int64_t count, std::int32_t* out) const noexcept {
  if (has_subsets_) {
    follow<true>(bins, stride, count, out);
  } else {
    follow<false>(bins, stride, count, out);
  }
}

template <bool subsets>
void FlatTree::follow(const std::uint8_t* bins, std::int64_t stride, std::int64_t count, std::int32_t* out) const noexcept {
  for (std::int64_t first = 0; first < count; first += side_by_side) {
    const auto some = static_cast<std::size_t>(std::min(side_by_side, count - first));
    std::array<std::int32_t, side_by_side> at{};
    const std::uint8_t* const rows = bins + first * stride;
    std::int32_t moved = 1;
    while (moved != 0) {
      moved = 0;
      for (std::size_t i = 0; i < some; ++i) {
        const auto to = step<subsets>(at[i], rows + static_cast<std::int64_t>(i) * stride);
        moved |= to ^ at[i];
        at[i] = to;
      }
    }
    std::copy_n(at.begin(), some, out + first);
  }
}

}  // namespace fullbase::trees
