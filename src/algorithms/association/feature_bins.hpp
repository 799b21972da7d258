// The values of a feature as few classes: numbers by quantiles, categories as they are.
#pragma once

#include <cstdint>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::association {

/// Bins of numbers.
inline constexpr int number_bins = 32;
/// Categories with a bin of their own.
inline constexpr std::int64_t most_categories = 1000;

/// Numbers (booleans are 0 and 1) fall into bins that end at the quantiles i / 32 of all values (type 1, equal ones are one), the
/// last open. Of categories the 1,000 that most rows have (ties to the lower text) have a bin each, the others one together. Rows
/// without a value have the last bin. Safe to use from several threads.
class FeatureBins {
 public:
  /// Collective; the same on every rank. Reads a number column as comm::quantiles(), a category column of more than
  /// most_categories once. Memory: 4 bytes a category, 8 more while they are counted.
  static FeatureBins find(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget);

  /// Bins, the one of missing values included.
  std::int64_t count() const noexcept { return bins_ + 1; }
  /// Categories that share a bin.
  std::int64_t pooled() const noexcept { return pooled_; }
  /// Upper ends of the bins of numbers but the last, ascending.
  const std::vector<double>& cuts() const noexcept { return cuts_; }

  /// One a row.
  std::vector<std::int32_t> bins_of(const data::Column& column) const;

 private:
  std::int64_t bins_ = 0;
  std::int64_t pooled_ = 0;
  std::vector<double> cuts_;
  std::vector<std::int32_t> of_codes_;
  bool is_category_ = false;
};

/// The bin of a number among those that end at `cuts`.
std::int32_t bin_of(double value, const std::vector<double>& cuts) noexcept;
/// The probabilities i / 32.
std::vector<double> bin_ends();

}  // namespace fullbase::association
