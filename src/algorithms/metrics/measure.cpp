#include "algorithms/metrics/measure.hpp"

#include <fmt/format.h>

#include <cmath>

namespace fullbase::metrics {

Measure ratio(std::string_view name, int of_class, double numerator, double denominator, std::string_view reason) {
  Measure measure{std::string(name), of_class};
  if (denominator == 0) {
    measure.reason = reason;
  } else {
    measure.value = numerator / denominator;
  }
  return measure;
}

Measure missing(std::string_view name, std::string_view reason, int of_class) {
  return {std::string(name), of_class, data::missing_float64, std::string(reason)};
}

Measure mean_of(std::string_view name, std::span<const Measure> measures, std::span<const double> weights) {
  double sum = 0;
  double weight_sum = 0;
  std::size_t defined = 0;
  for (std::size_t i = 0; i < measures.size(); ++i) {
    if (std::isnan(measures[i].value)) continue;
    const double weight = weights.empty() ? 1 : weights[i];
    ++defined;
    sum += weight * measures[i].value;
    weight_sum += weight;
  }
  auto mean = ratio(name, Measure::all_classes, sum, weight_sum, "it is defined for no class that has rows");
  if (weight_sum != 0 && defined < measures.size())
    mean.reason =
        fmt::format("leaves out {} of {} classes, for which it is not defined", measures.size() - defined, measures.size());
  return mean;
}

}  // namespace fullbase::metrics
