#include "algorithms/metrics/probabilities.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/metrics/exact_sums.hpp"
#include "base/contract.hpp"
#include "base/math.hpp"
#include "comm/agreement.hpp"
#include "comm/quantiles.hpp"

namespace fullbase::metrics {
namespace {

/// -log p, p kept away from 0 and 1 as scikit-learn does.
double loss_of(double p) noexcept {
  constexpr double least = 0x1p-52;
  return -base::log(std::clamp(p, least, 1 - least));
}

double squared(double x) noexcept {
  return x * x;
}

/// Counts by bins that end at `borders`, ascending, and at `highest`.
std::vector<CalibrationBin> count_bins(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                       const Scores& scores, std::int32_t positive, int output,
                                       const std::vector<double>& borders, double lowest, double highest) {
  FULLBASE_EXPECTS(std::ssize(labels) == scores.rows(), "every row has a label and a score");
  // Rows, positives and probabilities of each bin: counts are exact sums as well.
  const auto bins = borders.size() + 1;
  const auto sums = sum_rows(communicator, scores.rows(), 3 * bins, [&](std::int64_t row, RowSums& into) {
    const double p = scores.of(row, output);
    const auto bin = static_cast<std::size_t>(std::ranges::lower_bound(borders, p) - borders.begin());
    into.add(3 * bin, 1);
    into.add(3 * bin + 1, labels[static_cast<std::size_t>(row)] == positive ? 1 : 0);
    into.add(3 * bin + 2, p);
  });
  std::vector<CalibrationBin> result(bins);
  for (std::size_t b = 0; b < bins; ++b) {
    auto& bin = result[b];
    bin.lower = b == 0 ? lowest : borders[b - 1];
    bin.upper = b + 1 == bins ? highest : borders[b];
    bin.rows = std::llround(sums.value(3 * b));
    bin.positives = std::llround(sums.value(3 * b + 1));
    if (bin.rows > 0) bin.mean_predicted = sums.value(3 * b + 2) / static_cast<double>(bin.rows);
  }
  return result;
}

}  // namespace

bool are_probabilities(comm::Communicator& communicator, const Scores& scores) {
  const auto outside = std::ranges::count_if(scores.values, [](double p) { return !(0 <= p && p <= 1); });
  return communicator.sum_value(static_cast<std::int64_t>(outside)) == 0 && scores.probabilities;
}

std::vector<Measure> probability_measures(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                          const Scores& scores) {
  FULLBASE_EXPECTS(std::ssize(labels) == scores.rows(), "every row has a label and a score");
  if (!are_probabilities(communicator, scores))
    return {missing("log_loss", no_probabilities), missing("brier", no_probabilities)};
  const auto rows = communicator.sum_value(scores.rows());
  const auto sums = sum_rows(communicator, scores.rows(), 2, [&](std::int64_t row, RowSums& into) {
    const auto label = labels[static_cast<std::size_t>(row)];
    if (scores.outputs <= 2) {
      const double p = scores.of(row, scores.outputs - 1);
      into.add(0, loss_of(label == 1 ? p : 1 - p));
      into.add(1, squared(p - (label == 1 ? 1 : 0)));
    } else {
      double distance = 0;
      for (int k = 0; k < scores.outputs; ++k) distance += squared(scores.of(row, k) - (k == label ? 1 : 0));
      into.add(0, loss_of(scores.of(row, label)));
      into.add(1, distance);
    }
  });
  const auto mean = [&](const char* name, std::size_t term) {
    return ratio(name, Measure::all_classes, sums.value(term), static_cast<double>(rows), "there are no rows");
  };
  return {mean("log_loss", 0), mean("brier", 1)};
}

std::vector<CalibrationBin> equal_width_bins(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                             const Scores& scores, std::int32_t positive, int output, int bins) {
  FULLBASE_EXPECTS(bins > 0, "there is a bin");
  std::vector<double> borders;
  for (int i = 1; i < bins; ++i) borders.push_back(i * (1.0 / bins));
  return count_bins(communicator, labels, scores, positive, output, borders, 0, 1);
}

std::vector<CalibrationBin> quantile_bins(comm::Communicator& communicator, std::span<const std::int32_t> labels,
                                          const Scores& scores, std::int32_t positive, int output, int bins,
                                          data::Budget& budget) {
  FULLBASE_EXPECTS(bins > 0, "there is a bin");
  data::Reservation reservation;
  std::vector<double> own;
  auto values = scores.values;
  if (scores.outputs > 1) {
    comm::collective_try(communicator, "scores of one class", [&] {
      reservation = budget.require(8 * scores.rows(), "the scores of one class of this rank's rows");
      for (std::int64_t row = 0; row < scores.rows(); ++row) own.push_back(scores.of(row, output));
    });
    values = own;
  }
  const auto extent = comm::extent(communicator, values);
  if (extent.count == 0) return {};
  std::vector<double> probabilities;
  for (int i = 1; i < bins; ++i) probabilities.push_back(static_cast<double>(i) / bins);
  std::vector<double> borders;
  if (bins > 1) borders = comm::quantiles(communicator, values, probabilities);
  borders.erase(std::ranges::unique(borders).begin(), borders.end());
  while (!borders.empty() && borders.back() >= extent.highest) borders.pop_back();
  return count_bins(communicator, labels, scores, positive, output, borders, extent.lowest, extent.highest);
}

}  // namespace fullbase::metrics
