// The checks of a job file, each with its table, columns and condition: known to be right before any data is read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/expression.hpp"
#include "runtime/checks_options.hpp"
#include "runtime/step_graph.hpp"

namespace fullbase::runtime {

struct CheckedJob;
struct KnownTables;

struct BoundCheck {
  std::string table;  ///< as the job file names it: "rfm", "segments.centroids", "transactions"
  std::string rule;   ///< "range"
  std::string name;   ///< as given, else made of the rule and what it looks at: "range recency_days"
  CheckOptions options;
  Origin origin;
  std::vector<int> columns;                        ///< that the rule looks at; their values are shown of rows that break it
  std::optional<data::BoundExpression> condition;  ///< true in rows that keep the rule; of fresh: in rows before as_of
  std::optional<std::int64_t> as_of;               ///< fresh: microseconds, or days for a column of dates
  Origin reference;                                ///< key: the other table
  int reference_column = 0;
};

/// The job's checks in the order of the file. Tables are those that `from` could name; a step's are seen with that step's as_of.
/// Mistakes are reported with their place; checks of a table whose step has one are passed over.
std::vector<BoundCheck> bind_checks(const CheckedJob& job, const KnownTables& tables, const StoreNames& store,
                                    config::Diagnostics& diagnostics);

}  // namespace fullbase::runtime
