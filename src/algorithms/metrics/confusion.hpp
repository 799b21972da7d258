// Which class was told of the rows of each class: everything that counts of right and wrong answers say.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/metrics/measure.hpp"
#include "comm/communicator.hpp"

namespace fullbase::metrics {

/// Rows by (label, predicted).
struct Confusion {
  int classes = 0;
  std::vector<std::int64_t> counts;  ///< classes x classes, of label l told as p at l * classes + p

  std::int64_t at(int label, int predicted) const {
    return counts[static_cast<std::size_t>(label) * static_cast<std::size_t>(classes) + static_cast<std::size_t>(predicted)];
  }
  std::int64_t rows() const noexcept;
  std::int64_t rows_of(int label) const noexcept;
  std::int64_t told_as(int predicted) const noexcept;
};

/// Collective. Both hold a class in [0, classes) for each of this rank's rows; which rank holds which rows does not matter.
/// Memory: 8 bytes a pair of classes. Sends that.
Confusion confusion(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                    std::span<const std::int32_t> predicted, int classes);

/// accuracy; balanced_accuracy (the mean recall of the classes that have rows); precision, recall and f1, each of
/// every class, then as macro, micro and weighted mean (f1_macro, ...), weights being the rows of the classes. Definitions are
/// scikit-learn's, with zero_division=nan: the precision of a class that nobody was told to be, the recall of one without rows
/// and the F1 of one with neither are missing, and means leave them out and say so. Not collective.
std::vector<Measure> confusion_measures(const Confusion& confusion);

}  // namespace fullbase::metrics
