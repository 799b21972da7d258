#include "jobs/evaluation_tables.hpp"

#include "jobs/measure_columns.hpp"

namespace fullbase::jobs {
namespace {

/// Missing of nothing.
double share(double part, double of) {
  return of == 0 ? data::missing_float64 : part / of;
}
double share(std::int64_t part, std::int64_t of) {
  return share(static_cast<double>(part), static_cast<double>(of));
}

}  // namespace

TableBuilder measure_table(std::span<const GroupMeasures> groups, std::span<const std::string> classes, bool by) {
  TableBuilder table;
  auto* const within = by ? &table.optional_strings("within") : nullptr;
  MeasureColumns columns(table);
  for (const auto& group : groups) {
    for (const auto& measure : group.measures) {
      if (within != nullptr) within->push_back(group.within.value_or(""), !group.within);
      columns.add(measure, classes);
    }
  }
  return table;
}

TableBuilder confusion_table(const metrics::Confusion& confusion, std::span<const std::string> classes) {
  TableBuilder table;
  auto& labels = table.strings("label");
  auto& predicted = table.strings("predicted");
  auto& rows = table.int64s("rows");
  for (int l = 0; l < confusion.classes; ++l) {
    for (int p = 0; p < confusion.classes; ++p) {
      labels.push_back(classes[static_cast<std::size_t>(l)]);
      predicted.push_back(classes[static_cast<std::size_t>(p)]);
      rows.push_back(confusion.at(l, p));
    }
  }
  return table;
}

TableBuilder roc_table(std::span<const ClassCurves> curves) {
  TableBuilder table;
  auto& classes = table.strings("class");
  auto& thresholds = table.float64s("threshold");
  auto& false_rates = table.float64s("false_positive_rate");
  auto& true_rates = table.float64s("true_positive_rate");
  for (const auto& curve : curves) {
    for (const auto& point : curve.points) {
      classes.push_back(curve.name);
      thresholds.push_back(point.threshold);
      false_rates.push_back(share(point.rows - point.positives, curve.rows - curve.positives));
      true_rates.push_back(share(point.positives, curve.positives));
    }
  }
  return table;
}

TableBuilder precision_recall_table(std::span<const ClassCurves> curves) {
  TableBuilder table;
  auto& classes = table.strings("class");
  auto& thresholds = table.float64s("threshold");
  auto& precisions = table.float64s("precision");
  auto& recalls = table.float64s("recall");
  for (const auto& curve : curves) {
    for (const auto& point : curve.points) {
      if (point.rows == 0) continue;
      classes.push_back(curve.name);
      thresholds.push_back(point.threshold);
      precisions.push_back(share(point.positives, point.rows));
      recalls.push_back(share(point.positives, curve.positives));
    }
  }
  return table;
}

TableBuilder calibration_table(std::span<const ClassCurves> curves) {
  TableBuilder table;
  auto& classes = table.strings("class");
  auto& binnings = table.strings("binning");
  auto& bins = table.int64s("bin");
  auto& lower = table.float64s("lower");
  auto& upper = table.float64s("upper");
  auto& rows = table.int64s("rows");
  auto& means = table.float64s("mean_predicted");
  auto& positives = table.int64s("positives");
  auto& shares = table.float64s("share");
  const auto add = [&](const std::string& name, const char* binning, std::span<const metrics::CalibrationBin> all) {
    for (std::size_t b = 0; b < all.size(); ++b) {
      const auto& bin = all[b];
      classes.push_back(name);
      binnings.push_back(binning);
      bins.push_back(static_cast<std::int64_t>(b) + 1);
      lower.push_back(bin.lower);
      upper.push_back(bin.upper);
      rows.push_back(bin.rows);
      means.push_back(bin.mean_predicted);
      positives.push_back(bin.positives);
      shares.push_back(share(bin.positives, bin.rows));
    }
  };
  for (const auto& curve : curves) {
    add(curve.name, "width", curve.equal_width);
    add(curve.name, "quantile", curve.quantiles);
  }
  return table;
}

TableBuilder lift_table(std::span<const ClassCurves> curves) {
  TableBuilder table;
  auto& classes = table.strings("class");
  auto& deciles = table.int64s("decile");
  auto& rows = table.int64s("rows");
  auto& positives = table.float64s("positives");
  auto& lifts = table.float64s("lift");
  auto& cumulative_rows = table.int64s("cumulative_rows");
  auto& cumulative_positives = table.float64s("cumulative_positives");
  auto& gains = table.float64s("cumulative_gain");
  auto& cumulative_lifts = table.float64s("cumulative_lift");
  for (const auto& curve : curves) {
    const double usual = share(curve.positives, curve.rows);
    for (std::size_t d = 0; d < curve.parts.size(); ++d) {
      const auto& part = curve.parts[d];
      classes.push_back(curve.name);
      deciles.push_back(static_cast<std::int64_t>(d) + 1);
      rows.push_back(part.rows);
      positives.push_back(part.positives);
      lifts.push_back(share(share(part.positives, static_cast<double>(part.rows)), usual));
      cumulative_rows.push_back(part.cumulative_rows);
      cumulative_positives.push_back(part.cumulative_positives);
      gains.push_back(share(part.cumulative_positives, static_cast<double>(curve.positives)));
      cumulative_lifts.push_back(share(share(part.cumulative_positives, static_cast<double>(part.cumulative_rows)), usual));
    }
  }
  return table;
}

}  // namespace fullbase::jobs
