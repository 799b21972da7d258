// How much each feature of a table tells of the label.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/association/contingency_table.hpp"
#include "algorithms/learning/target.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::association {

struct FeatureMeasures {
  std::string feature;
  bool is_number = false;     ///< or a truth value; else a category
  std::int64_t missing = 0;   ///< rows without a value
  std::int64_t distinct = 0;  ///< different values among the others
  double variance = 0;        ///< of a number's finite values, divided by their number; NaN where there is none
  /// Of a number's finite values with the label: Pearson's. NaN where one of both is constant, or the label no number.
  double correlation = 0;
  double mutual_information = 0;  ///< nats, of the feature's bins with the label's classes; plug-in
  ChiSquare chi_square;           ///< of the same table
  std::int64_t pooled = 0;        ///< categories that share a bin
};

/// The label as classes of a contingency table, and as a number.
class LabelClasses {
 public:
  /// Collective; nothing is read. A regression's values fall into bins as those of a feature do. As numbers: a regression's
  /// values, a whole number's, and of two classes 0 and 1. Memory: 4 bytes a local row for a regression. Keeps the target by
  /// reference.
  LabelClasses(comm::Communicator& communicator, const learning::Target& target, data::Budget& budget);

  std::int64_t count() const noexcept { return count_; }
  bool is_number() const noexcept { return is_number_; }
  /// Of local row i.
  std::int32_t code(std::int64_t i) const noexcept { return codes_[static_cast<std::size_t>(i)]; }
  double number(std::int64_t i) const noexcept {
    return numbers_.empty() ? target_.values[static_cast<std::size_t>(i)] : numbers_[static_cast<std::size_t>(code(i))];
  }

 private:
  const learning::Target& target_;
  std::int64_t count_ = 0;
  bool is_number_ = false;
  std::span<const std::int32_t> codes_;
  std::vector<std::int32_t> own_codes_;
  std::vector<double> numbers_;  ///< by class; empty: those of the target
  data::Reservation reservation_;
};

/// Measures of a column of numbers, truth values or categories. Counts are exact; sums are taken in a fixed order within a block
/// and exactly across blocks. Collective; the same on every rank, for any ranks, threads and memory. Reads the column as
/// FeatureBins and describe::count_values(), and two times more. Memory: 8 bytes a bin and class on each thread. Sends that
/// once.
FeatureMeasures measure_feature(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                const LabelClasses& label, data::Budget& budget);

}  // namespace fullbase::association
