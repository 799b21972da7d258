// How many sets a rank may still keep.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "data/budget.hpp"

namespace fullbase::itemsets {

/// Shared by a rank's threads, which take from it in lots: the less is left the smaller, so that no thread starves while another
/// has room that it will not use.
class SetAllowance {
 public:
  explicit SetAllowance(std::int64_t sets) : left_(sets) {}
  /// Lots take `bytes_each` a set from the budget, which keeps them until this goes.
  SetAllowance(std::int64_t sets, std::int64_t bytes_each, data::Budget& budget)
      : left_(sets), bytes_each_(bytes_each), budget_(&budget) {}

  /// At most 4,096 sets and hardly more than a 32nd of what is left; 0 where nothing is, or the budget has no room.
  std::int64_t take() {
    auto left = left_.load(std::memory_order_relaxed);
    while (left > 0) {
      const auto taken = std::clamp<std::int64_t>(left / 32, 1, 4096);
      if (left_.compare_exchange_weak(left, left - taken, std::memory_order_relaxed)) return reserve(taken) ? taken : 0;
    }
    return 0;
  }
  void give_back(std::int64_t sets) noexcept { left_.fetch_add(sets, std::memory_order_relaxed); }

  /// Bytes that sets may still take.
  std::int64_t bytes_left() const noexcept { return left_.load(std::memory_order_relaxed) * bytes_each_; }

 private:
  bool reserve(std::int64_t sets) {
    if (budget_ == nullptr) return true;
    auto memory = budget_->try_reserve(sets * bytes_each_);
    if (!memory) return false;
    const std::scoped_lock lock(mutex_);
    memory_.push_back(std::move(*memory));
    return true;
  }

  std::atomic<std::int64_t> left_;
  std::int64_t bytes_each_ = 0;
  data::Budget* budget_ = nullptr;
  std::mutex mutex_;
  std::vector<data::Reservation> memory_;
};

/// Thrown by a search that finds more sets than are allowed.
struct TooManySets {};

}  // namespace fullbase::itemsets
