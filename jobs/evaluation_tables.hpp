// The tables of an evaluation. Each builder has the schema without rows, too.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/metrics/confusion.hpp"
#include "algorithms/metrics/curves.hpp"
#include "algorithms/metrics/measure.hpp"
#include "algorithms/metrics/probabilities.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {

/// The measures of a group of rows.
struct GroupMeasures {
  std::optional<std::string> within = {};  ///< nothing: all rows
  std::vector<metrics::Measure> measures;
};
/// metric, class, value, reason; with `by` first within (missing: of all rows).
TableBuilder measure_table(std::span<const GroupMeasures> groups, std::span<const std::string> classes, bool by);

/// label, predicted, rows: every pair of classes.
TableBuilder confusion_table(const metrics::Confusion& confusion, std::span<const std::string> classes);

/// A class against the rest, by its scores.
struct ClassCurves {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t positives = 0;
  std::vector<metrics::CurvePoint> points;
  std::vector<metrics::LiftPart> parts;
  std::vector<metrics::CalibrationBin> equal_width;  ///< none where scores are no probabilities
  std::vector<metrics::CalibrationBin> quantiles;
};

/// class, threshold, false_positive_rate, true_positive_rate.
TableBuilder roc_table(std::span<const ClassCurves> curves);
/// class, threshold, precision, recall; without the point that takes nobody, whose precision is not defined.
TableBuilder precision_recall_table(std::span<const ClassCurves> curves);
/// class, binning (width or quantile), bin, lower, upper, rows, mean_predicted, positives, share.
TableBuilder calibration_table(std::span<const ClassCurves> curves);
/// class, decile, rows, positives, lift, cumulative_rows, cumulative_positives, cumulative_gain, cumulative_lift.
TableBuilder lift_table(std::span<const ClassCurves> curves);

}  // namespace fullbase::jobs
