// One path down a search tree too large to be walked, for estimates of its size (Knuth 1975).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fullbase::itemsets {

/// Children of a node, of which one is drawn in proportion to what may lie below it.
class TreeChildren {
 public:
  /// The next child, which has `width` extensions itself. One of fewer than two has nothing below them, and is never drawn.
  void add(std::int64_t width) {
    // Half of what could lie below at most, by its exponent: neither the widest child always, nor all alike.
    total_ += width < 2 ? 0 : std::ldexp(1.0, static_cast<int>(std::min<std::int64_t>(width, 1000) / 2));
    ends_.push_back(total_);
  }
  /// Whether any child can be drawn.
  bool go_on() const noexcept { return total_ > 0; }

  struct Drawn {
    std::size_t child;
    double share;  ///< of all children, by what may lie below
  };
  /// `at` in [0, 1) says which; it becomes the place within the child's share, for its own children.
  Drawn draw(double& at) const {
    const auto end = std::ranges::upper_bound(ends_, at * total_);
    // Rounding can take a place to the very end, behind all children: it is the last one's that has a share.
    const auto found = end == ends_.end() ? std::ranges::lower_bound(ends_, total_) : end;
    const double before = found == ends_.begin() ? 0 : *std::prev(found);
    const double width = *found - before;
    at = std::clamp((at * total_ - before) / width, 0.0, 1.0);
    return {static_cast<std::size_t>(found - ends_.begin()), width / total_};
  }

 private:
  std::vector<double> ends_;
  double total_ = 0;
};

}  // namespace fullbase::itemsets
