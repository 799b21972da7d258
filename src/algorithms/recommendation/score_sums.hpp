// One row of a sparse product: sums that are 0 but for few columns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace fullbase::recommendation {

/// Sums of products of float32 in double, of each column in the order in which they are added. Memory: bytes(columns).
class ScoreSums {
 public:
  explicit ScoreSums(std::int64_t columns)
      : sums_(static_cast<std::size_t>((columns + together - 1) / together * together), 0.0),
        touched_(sums_.size() / together, 0) {}
  static std::int64_t bytes(std::int64_t columns) noexcept { return 9 * (columns + static_cast<std::int64_t>(together)); }

  /// Adds weight * values to the sums of `columns`. Cost: a multiply-add a column, without a branch.
  void add(double weight, std::span<const std::int32_t> columns, std::span<const float> values) noexcept {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto column = static_cast<std::size_t>(columns[i]);
      sums_[column] += weight * static_cast<double>(values[i]);
      touched_[column / together] = 1;
    }
  }

  /// Calls take(column, sum) for each column whose sum is not 0, in ascending order; sums are 0 afterwards.
  template <class F>
  void take(F&& take) {
    for (std::size_t group = 0; group < touched_.size(); ++group) {
      if (touched_[group] == 0) continue;
      for (std::size_t column = group * together; column < (group + 1) * together; ++column) {
        if (sums_[column] != 0) take(static_cast<std::int32_t>(column), sums_[column]);
      }
      clear(group);
    }
  }

  /// The same for sums that are no less than `least`, which take(column, sum) may raise: it returns what is the least from then
  /// on. Cost: a comparison a column that lies near one that was added to, several at a time.
  template <class F>
  void take_from(double least, F&& take) {
    for (std::size_t group = 0; group < touched_.size(); ++group) {
      if (touched_[group] == 0) continue;
      const double* const sums = sums_.data() + group * together;
      std::int64_t found = 0;
      for (std::size_t i = 0; i < together; ++i) found |= sums[i] >= least ? 1 : 0;
      for (std::size_t i = 0; found != 0 && i < together; ++i) {
        if (sums[i] >= least) least = take(static_cast<std::int32_t>(group * together + i), sums[i]);
      }
      clear(group);
    }
  }

 private:
  void clear(std::size_t group) noexcept {
    touched_[group] = 0;
    std::fill_n(sums_.data() + group * together, together, 0.0);
  }

  static constexpr std::size_t together = 16;  ///< columns that are looked at where one of them was added to
  std::vector<double> sums_;
  std::vector<std::uint8_t> touched_;
};

}  // namespace fullbase::recommendation
