// The labels of a rank's rows as trees count them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/trees/counting.hpp"
#include "algorithms/trees/grow.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::trees {

/// Classes as they are; a regression's values as whole numbers q of a step, y = centre + q step.
class Labels {
 public:
  /// Collective. Values are off by at most half a step, which is at most the greatest |y - mean| of all rows * 2^-(61 - log2(2
  /// n)), n rows of all ranks: 2^-40 of it for a million rows. Memory: 8 bytes a local row for regression, from the budget.
  Labels(comm::Communicator& communicator, const GrowRows& rows, data::Budget& budget);

  const Counting& counting() const noexcept { return counting_; }
  double centre() const noexcept { return centre_; }
  double step() const noexcept { return step_; }
  /// Rows that take part, over all ranks, and their totals, each drawn once.
  std::int64_t used_rows() const noexcept { return used_rows_; }
  std::span<const std::int64_t> totals() const noexcept { return totals_; }

  bool is_used(std::int64_t local_row) const noexcept { return used_.empty() || used_[static_cast<std::size_t>(local_row)] != 0; }
  void words(std::int64_t local_row, std::int64_t drawn, std::uint64_t* out) const noexcept {
    const auto at = static_cast<std::size_t>(local_row);
    label_words(counting_, drawn, codes_.empty() ? 0 : codes_[at], values_.empty() ? 0 : values_[at], out);
  }

 private:
  void fix_values(comm::Communicator& communicator, std::span<const double> values, data::Budget& budget);

  Counting counting_;
  std::span<const std::int32_t> codes_;
  std::span<const std::uint8_t> used_;
  std::vector<std::int64_t> values_;
  data::Reservation reservation_;
  double centre_ = 0;
  double step_ = 1;
  std::int64_t used_rows_ = 0;
  std::vector<std::int64_t> totals_;
};

}  // namespace fullbase::trees
