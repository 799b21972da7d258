#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "algorithms/metrics/exact_sums.hpp"
#include "algorithms/metrics/measures.hpp"
#include "base/contract.hpp"
#include "base/math.hpp"
#include "comm/agreement.hpp"
#include "comm/quantiles.hpp"

namespace fullbase::metrics {
namespace {

constexpr std::string_view beyond = "it is beyond float64";

/// A value that every rank has; missing where it is not finite.
Measure finite(std::string_view name, double value) {
  return std::isfinite(value) ? Measure{std::string(name), Measure::all_classes, value} : missing(name, beyond);
}

/// The mean of the two in the middle; of an odd number both are one.
double median(comm::Communicator& communicator, std::span<const double> values, std::int64_t count) {
  const auto n = static_cast<double>(count);
  const std::array<double, 2> middle = {static_cast<double>((count + 1) / 2) / n, static_cast<double>(count / 2 + 1) / n};
  const auto found = comm::quantiles(communicator, values, middle);
  return found[0] == found[1] ? found[0] : (found[0] + found[1]) / 2;
}

}  // namespace

std::vector<Measure> regression_measures(comm::Communicator& communicator, std::span<const double> labels,
                                         std::span<const double> predicted, data::Budget& budget) {
  FULLBASE_EXPECTS(labels.size() == predicted.size(), "every row has a label and what was told of it");
  const comm::StageScope stage(communicator.statistics(), "regression measures");
  std::int64_t infinite = 0;
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!std::isfinite(labels[i]) || !std::isfinite(predicted[i])) ++infinite;
    lowest = std::min(lowest, labels[i]);
    highest = std::max(highest, labels[i]);
  }
  const auto rows = communicator.sum_value(std::ssize(labels));
  infinite = communicator.sum_value(infinite);
  if (rows == 0 || infinite > 0) {
    const std::string reason =
        rows == 0 ? "there are no rows" : std::to_string(infinite) + " rows have an infinite label or value";
    std::vector<Measure> none;
    for (const auto* const name : {"mse", "rmse", "mae", "r2", "median_absolute_error", "mean_bias", "max_error"})
      none.push_back(missing(name, reason));
    return none;
  }
  const bool is_constant = communicator.min_value(lowest) == communicator.max_value(highest);
  std::vector<double> errors;
  const auto reservation = comm::collective_try(communicator, "errors", [&] {
    auto reserved = budget.require(8 * std::ssize(labels), "the absolute errors of this rank's rows");
    for (std::size_t i = 0; i < labels.size(); ++i) errors.push_back(std::abs(predicted[i] - labels[i]));
    return reserved;
  });
  const auto n = static_cast<double>(rows);
  const auto sums = sum_rows(communicator, std::ssize(labels), 4, [&](std::int64_t row, RowSums& into) {
    const auto i = static_cast<std::size_t>(row);
    const double error = predicted[i] - labels[i];
    into.add(0, error * error);
    into.add(1, errors[i]);
    into.add(2, error);
    into.add(3, labels[i]);
  });
  const double mean = sums.value(3) / n;
  const auto spread = sum_rows(communicator, std::ssize(labels), 1, [&](std::int64_t row, RowSums& into) {
    const double distance = labels[static_cast<std::size_t>(row)] - mean;
    into.add(0, distance * distance);
  });
  const double greatest = communicator.max_value(errors.empty() ? 0.0 : *std::ranges::max_element(errors));
  const double mse = sums.value(0) / n;
  return {finite("mse", mse),
          finite("rmse", base::sqrt(mse)),
          finite("mae", sums.value(1) / n),
          is_constant ? missing("r2", "the label is constant") : finite("r2", 1 - sums.value(0) / spread.value(0)),
          finite("median_absolute_error", median(communicator, errors, rows)),
          finite("mean_bias", sums.value(2) / n),
          finite("max_error", greatest)};
}

}  // namespace fullbase::metrics
