#include "algorithms/trees/upper_tree.hpp"

namespace fullbase::trees {

std::vector<Visit> visits_of(const GrowingTree& tree) {
  std::vector<Visit> visits(tree.nodes.size());
  for (std::size_t n = 0; n < visits.size(); ++n) {
    const auto& node = tree.nodes[n];
    if (node.left == 0) continue;
    visits[n].left = node.left;
    visits[n].feature = node.split.feature;
    for (int bin = 0; bin < histogram_bins; ++bin) {
      if (node.split.goes_left(static_cast<std::uint8_t>(bin))) insert(visits[n].goes_left, static_cast<std::uint8_t>(bin));
    }
  }
  return visits;
}

}  // namespace fullbase::trees
