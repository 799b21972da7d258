// How far the distribution of a table's columns has moved between two nights: the population stability index.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "algorithms/compare/group_labels.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::compare {

/// Sum over bins of (a - b) ln(a / b), b and a a bin's share of the rows before and after (N. Siddiqi 2006). A bin that is empty
/// on one night counts as half a row of that night, one that is empty on both does not count. NaN where a night has no rows.
double stability_index(std::span<const std::int64_t> before, std::span<const std::int64_t> after);

struct StabilityOptions {
  /// Values of a column compared by value that hold less than this share of the rows on both nights are one bin.
  double rare = 0.01;
};

/// A column of both tables.
struct ComparedColumn {
  std::string name;
  int before = 0;  ///< position in the table before
  int after = 0;
  bool by_value = false;  ///< a bin a value (int64, category, string); else numbers, in bins by the deciles before
};

/// One bin of a column, over all rows.
struct StabilityBin {
  enum class Kind : std::uint8_t { range, value, others, missing };
  Kind kind = Kind::range;
  double lower = -std::numeric_limits<double>::infinity();  ///< range: above it
  double upper = std::numeric_limits<double>::infinity();   ///< range: up to it
  std::string value = {};
  std::int64_t before = 0;  ///< rows
  std::int64_t after = 0;
};

/// What is known of a column within one group, or over all rows.
struct StabilityMeasures {
  std::int32_t group = -1;  ///< as `by` numbers them; -1: all rows
  double index = 0;
  std::int64_t rows_before = 0;
  std::int64_t rows_after = 0;
  std::int64_t missing_before = 0;
  std::int64_t missing_after = 0;
  /// Of numbers that are not missing, exact sums divided once; NaN by value, without numbers, or with infinite ones.
  double mean_before = 0;
  double mean_after = 0;
};

struct ColumnStability {
  std::string column;
  bool too_many_values = false;             ///< more than GroupLabels::most: nothing else is known
  std::vector<StabilityMeasures> measures;  ///< of all rows, then of every group that has rows, ascending
  std::vector<StabilityBin> bins;
};

/// A column by which rows are grouped on both nights.
struct Grouping {
  const GroupLabels* labels = nullptr;  ///< null: no groups
  int before = 0;
  int after = 0;
};

/// Compares `columns` of two tables. Bins of numbers end at the deciles of the values before (type 1; equal ones are one), the
/// last is open; missing values have a bin of their own. Groups use the bins of all rows.
///
/// Collective; the same on every rank. Reads the columns of numbers of `before` up to 5 times more for their deciles
/// (comm::quantiles), then both tables once. Memory, of `budget`: 8 bytes a bin and group, and 570 a group, of every column, on
/// each thread. Sends that once a night, and what comm::quantiles() and GroupLabels do.
std::vector<ColumnStability> population_stability(comm::Communicator& communicator, const data::BlockSource& before,
                                                  const data::BlockSource& after, std::span<const ComparedColumn> columns,
                                                  const Grouping& grouping, const StabilityOptions& options,
                                                  data::Budget& budget);

}  // namespace fullbase::compare
