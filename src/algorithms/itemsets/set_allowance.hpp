// How many sets a rank may still keep.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace fullbase::itemsets {

/// Shared by a rank's threads, which take from it in lots.
class SetAllowance {
 public:
  explicit SetAllowance(std::int64_t sets) : left_(sets) {}

  /// Up to `lot` sets; 0 where none are left.
  std::int64_t take(std::int64_t lot) noexcept {
    auto left = left_.load(std::memory_order_relaxed);
    while (left > 0) {
      const auto taken = std::min(left, lot);
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
