#include "algorithms/kernel_machines/column_cache.hpp"

#include <algorithm>

namespace fullbase::kernel_machines {

ColumnCache::ColumnCache(std::int64_t length, std::int64_t most, data::Budget& budget) : length_(length) {
  if (length == 0) return;
  constexpr std::int64_t keeping = 96;  // bytes of a column's entries in the lists
  const std::int64_t unit = length * static_cast<std::int64_t>(sizeof(double)) + keeping;
  reservation_ = budget.reserve_up_to(unit * most, unit);
  const std::int64_t columns = reservation_.bytes() / unit;
  // Pages that no column reaches are never touched.
  values_ = std::make_unique_for_overwrite<double[]>(static_cast<std::size_t>(columns * length));
  owners_.assign(static_cast<std::size_t>(columns), -1);
  used_.assign(static_cast<std::size_t>(columns), -1);
}

double* ColumnCache::find(std::int64_t row, std::int64_t round) {
  const auto found = at_.find(row);
  if (found == at_.end()) return nullptr;
  used_[static_cast<std::size_t>(found->second)] = round;
  return place(found->second);
}

double* ColumnCache::take(std::int64_t row, std::int64_t round) {
  if (owners_.empty()) return nullptr;
  // The longest unused of the next few slots: nearly the oldest, without a look at all of them.
  constexpr std::int64_t looked_at = 8;
  std::int64_t oldest = -1;
  for (std::int64_t i = 0; i < std::min(looked_at, capacity()); ++i) {
    const std::int64_t slot = (hand_ + i) % capacity();
    if (oldest < 0 || used_[static_cast<std::size_t>(slot)] < used_[static_cast<std::size_t>(oldest)]) oldest = slot;
  }
  const auto o = static_cast<std::size_t>(oldest);
  if (used_[o] == round) return nullptr;
  hand_ = (oldest + 1) % capacity();
  if (owners_[o] >= 0) at_.erase(owners_[o]);
  owners_[o] = row;
  used_[o] = round;
  at_[row] = oldest;
  return place(oldest);
}

}  // namespace fullbase::kernel_machines
