// Whether scores that are meant as probabilities are true ones.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "algorithms/metrics/ranked_scores.hpp"
#include "comm/communicator.hpp"

namespace fullbase::metrics {

/// Collective: whether scores are meant as probabilities, and every score of every rank lies in [0, 1].
bool are_probabilities(comm::Communicator& communicator, const Scores& scores);
/// Why measures of probabilities are missing where they do not.
inline constexpr std::string_view no_probabilities =
    "the scores are no probabilities: they are not all in [0, 1], or order rows only";

/// log_loss and brier. Two classes (outputs 1, or 2 of which the second counts): the mean of -log p(label) and of
/// (p - [label is the second])^2. More (outputs = classes): the mean of -log p(label) and of the sum over classes of
/// (p_k - [label is k])^2. For the logarithm p is kept within [2^-52, 1 - 2^-52] as in scikit-learn. Sums are exact, rounded
/// once: the result is a function of the rows alone. Collective; two exact sums. Missing where scores are no probabilities, and
/// without rows.
std::vector<Measure> probability_measures(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                          const Scores& scores);

/// Rows whose probability lies in (lower, upper]; the first bin has its lower end too.
struct CalibrationBin {
  double lower = 0;
  double upper = 0;
  std::int64_t rows = 0;
  std::int64_t positives = 0;
  double mean_predicted = data::missing_float64;  ///< missing without rows
};

/// Collective; the same on every rank. `bins` bins of equal width, borders at i * (1 / bins) as in scikit-learn's
/// calibration_curve. Scores are probabilities of the class `positive`, output `output`. Sends an exact sum a bin.
std::vector<CalibrationBin> equal_width_bins(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                             const Scores& scores, std::int32_t positive, int output, int bins);
/// The same by the quantiles 1 / bins, ... of the scores (type 1); bins that ties would leave empty are left out. Memory: 8 bytes
/// a row, from the budget, where a row has several outputs.
std::vector<CalibrationBin> quantile_bins(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                          const Scores& scores, std::int32_t positive, int output, int bins,
                                          data::Budget& budget);

}  // namespace fullbase::metrics
