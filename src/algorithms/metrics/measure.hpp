// A measure of how well a model tells: its value, or why it has none.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "data/column.hpp"

namespace fullbase::metrics {

struct Measure {
  static constexpr int all_classes = -1;

  std::string name;  ///< "accuracy", "roc_auc", ...
  int of_class = all_classes;
  double value = data::missing_float64;  ///< NaN where it is not defined
  std::string reason = {};               ///< why it is not, or what a mean leaves out; empty else
};

/// numerator / denominator, rounded once; without a denominator it is missing for this reason.
Measure ratio(std::string_view name, int of_class, double numerator, double denominator, std::string_view reason);

/// Missing for this reason.
Measure missing(std::string_view name, std::string_view reason, int of_class = Measure::all_classes);

/// The mean, in order, of the measures that are defined, by weights where there are any (one a measure); it says how many it
/// leaves out. Missing where none is left, or their weights are 0.
Measure mean_of(std::string_view name, std::span<const Measure> measures, std::span<const double> weights = {});

}  // namespace fullbase::metrics
