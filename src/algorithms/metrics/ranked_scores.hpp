// Rows of two classes in the order of their scores, over all ranks: what every measure of ranking comes from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/metrics/measure.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::metrics {

/// Scores of this rank's rows, output k of row i at values[i * outputs + k], as learning::Scorer writes them. None is NaN.
struct Scores {
  std::span<const double> values;
  int outputs = 0;            ///< 0: there are none
  bool probabilities = true;  ///< whether they are meant as such

  std::int64_t rows() const noexcept { return outputs == 0 ? 0 : std::ssize(values) / outputs; }
  double of(std::int64_t row, int output) const noexcept {
    return values[static_cast<std::size_t>(row) * static_cast<std::size_t>(outputs) + static_cast<std::size_t>(output)];
  }
};

/// Rows of one score; -0 and 0 are one.
struct ScoreGroup {
  double score = 0;
  std::int64_t rows = 0;
  std::int64_t positives = 0;
};

/// The groups of all ranks by descending score, each on one rank, ranks in order.
class RankedScores {
 public:
  /// Collective. A row is positive if its label is `positive`; its score is that output. The result is a function of the rows
  /// alone, not of which rank holds them. Memory on a rank, from the budget: 32 bytes a row while it runs, and 36 bytes a
  /// group that it gets, about as many as every other rank. Sends a rank's groups once, 24 bytes each, and the reductions of
  /// comm::cut_positions for size() cuts.
  static RankedScores build(comm::Communicator& communicator, std::span<const std::int32_t> labels, const Scores& scores,
                            std::int32_t positive, int output, data::Budget& budget);

  std::span<const ScoreGroup> groups() const noexcept { return groups_; }  ///< this rank's
  /// Rows and positives of the groups of the ranks before.
  std::int64_t rows_before() const noexcept { return rows_before_; }
  std::int64_t positives_before() const noexcept { return positives_before_; }
  /// Of all ranks.
  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t positives() const noexcept { return positives_; }
  std::int64_t negatives() const noexcept { return rows_ - positives_; }
  std::int64_t group_count() const noexcept { return group_count_; }

 private:
  std::vector<ScoreGroup> groups_;
  data::Reservation reservation_;
  std::int64_t rows_before_ = 0;
  std::int64_t positives_before_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t positives_ = 0;
  std::int64_t group_count_ = 0;
};

/// The share of pairs of a positive and a negative row in which the positive has the higher score, equal scores counting half:
/// the area under the ROC curve, a ratio of exact integers. Missing where a class has no row. Collective; 16 bytes.
Measure roc_auc(comm::Communicator& communicator, const RankedScores& ranked, int of_class = Measure::all_classes);
/// The sum over descending scores of (gain of recall) x precision, rows of one score at once (scikit-learn's definition).
/// Missing without a positive. Collective; one exact sum. Error: some 2^-51 of it.
Measure average_precision(comm::Communicator& communicator, const RankedScores& ranked, int of_class = Measure::all_classes);
/// Kolmogorov-Smirnov: the greatest distance of the true positive rate from the false one over all thresholds. Missing where a
/// class has no row. Collective; 8 bytes.
Measure kolmogorov_smirnov(comm::Communicator& communicator, const RankedScores& ranked, int of_class = Measure::all_classes);

}  // namespace fullbase::metrics
