#include "algorithms/trees/flat_tree.hpp"

namespace fullbase::trees {

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
  descend(bins, stride, count, out, [](std::int64_t, std::int32_t, std::int32_t) {});
}

}  // namespace fullbase::trees
