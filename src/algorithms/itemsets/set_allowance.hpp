// How many sets a rank may still keep.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace fullbase::itemsets {

/// Shared by a rank's threads, which take from it in lots: the less is left the smaller, so that no thread starves while another
/// has room that it will not use.
class SetAllowance {
 public:
  explicit SetAllowance(std::int64_t sets) : left_(sets) {}

  /// At most 4,096 sets and hardly more than a 32nd of what is left; 0 where nothing is.
  std::int64_t take() noexcept {
    auto left = left_.load(std::memory_order_relaxed);
    while (left > 0) {
      const auto taken = std::clamp<std::int64_t>(left / 32, 1, 4096);
      if (left_.compare_exchange_weak(left, left - taken, std::memory_order_relaxed)) return taken;
    }
    return 0;
  }
  void give_back(std::int64_t sets) noexcept { left_.fetch_add(sets, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> left_;
};

/// Thrown by a search that finds more sets than are allowed.
struct TooManySets {};

}  // namespace fullbase::itemsets
