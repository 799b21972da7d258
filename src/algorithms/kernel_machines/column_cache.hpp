// Kernel columns of a rank's rows that are kept from round to round, as far as memory goes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "data/budget.hpp"

namespace fullbase::kernel_machines {

/// Columns that were not used for long make room. What is kept never alters a value, only whether it is computed again.
class ColumnCache {
 public:
  /// For columns of `length` values, of at most `most` rows; takes what is left of the budget for them, in whole columns.
  ColumnCache(std::int64_t length, std::int64_t most, data::Budget& budget);

  std::int64_t capacity() const noexcept { return static_cast<std::int64_t>(owners_.size()); }
  /// The column of this row if it is kept, which then counts as used in `round`; otherwise null.
  double* find(std::int64_t row, std::int64_t round);
  /// Room for the column of a row that is not kept, in place of one that was not used for long, nor in this round; null if none
  /// is found. The caller fills it.
  double* take(std::int64_t row, std::int64_t round);

 private:
  double* place(std::int64_t slot) noexcept { return values_.get() + slot * length_; }

  std::int64_t length_ = 0;
  data::Reservation reservation_;
  std::unique_ptr<double[]> values_;
  std::vector<std::int64_t> owners_;         ///< row of a slot; -1: none
  std::vector<std::int64_t> used_;           ///< round that used a slot last
  std::map<std::int64_t, std::int64_t> at_;  ///< slot of a row
  std::int64_t hand_ = 0;                    ///< where the search for a slot goes on
};

}  // namespace fullbase::kernel_machines
