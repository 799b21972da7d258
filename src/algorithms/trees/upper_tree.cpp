#include "algorithms/trees/upper_tree.hpp"

namespace fullbase::trees {

GoesLeft goes_left(const Split& split) noexcept {
  GoesLeft left{};
  for (int bin = 0; bin < histogram_bins; ++bin)
    left[static_cast<std::size_t>(bin)] = split.goes_left(static_cast<std::uint8_t>(bin)) ? 1 : 0;
  return left;
}

}  // namespace fullbase::trees
