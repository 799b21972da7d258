// Measures as rows of a table: metric, class, value, reason.
#pragma once

#include <span>
#include <string>

#include "algorithms/metrics/measure.hpp"
#include "jobs/table_builder.hpp"

namespace fullbase::jobs {

/// The columns `metric`, `class` (missing where a measure is of all classes), `value` (missing where it is not defined) and
/// `reason` (why; or what a mean leaves out; else missing), appended to the table.
class MeasureColumns {
 public:
  explicit MeasureColumns(TableBuilder& table)
      : metrics_(table.strings("metric")),
        classes_(table.optional_strings("class")),
        values_(table.float64s("value")),
        reasons_(table.optional_strings("reason")) {}

  /// `classes`: their names, as many as the measure knows.
  void add(const metrics::Measure& measure, std::span<const std::string> classes) {
    const bool of_all = measure.of_class == metrics::Measure::all_classes;
    metrics_.push_back(measure.name);
    classes_.push_back(of_all ? std::string_view() : classes[static_cast<std::size_t>(measure.of_class)], of_all);
    values_.push_back(measure.value);
    reasons_.push_back(measure.reason, measure.reason.empty());
  }

 private:
  data::Strings& metrics_;
  OptionalTexts& classes_;
  std::vector<double>& values_;
  OptionalTexts& reasons_;
};

}  // namespace fullbase::jobs
