// In what two versions of a table differ.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/compare/change_records.hpp"
#include "algorithms/compare/match.hpp"
#include "algorithms/compare/transitions.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::compare {

struct DifferenceOptions {
  double tolerance = 0;          ///< numbers that are no further apart are the same
  std::int64_t first_keys = 20;  ///< that are recorded of each kind of change
  bool every_change = false;     ///< record all changes too
  ValueText text;                ///< how values are recorded
};

/// What is compared: rows by key, in `columns` by value.
struct ComparedTables {
  const data::BlockSource& earlier;
  const data::BlockSource& later;
  std::vector<CommonColumn> keys;
  std::vector<CommonColumn> columns;
  std::optional<CommonColumn> segment;  ///< whose transitions are counted; int64, boolean or category
};

struct ColumnChange {
  std::string column;
  std::int64_t rows = 0;       ///< in both tables, with another value
  std::int64_t distances = 0;  ///< of these, how many have two finite numbers
  double mean = 0;             ///< of |after - before| over those
  double greatest = 0;
};

struct Difference {
  MatchCounts counts;
  std::int64_t changed = 0;             ///< matched rows that differ in any column
  std::vector<ColumnChange> columns;    ///< as compared
  std::vector<Transition> transitions;  ///< of the segment; empty without one
  data::Batch first_changed;            ///< at rank 0: ChangeRecords of the first keys
  data::Batch first_added;
  data::Batch first_removed;
  data::Batch every_change;  ///< this rank's part of all records by (key, column), if asked for

  bool any() const noexcept { return changed + counts.before_only + counts.after_only > 0; }
};

/// Collective; the same on every rank but for the records, for any ranks, threads and memory. Errors: input (a key in two rows of
/// one table, too many transitions, changes that are all to be recorded and do not fit the memory). Memory and traffic:
/// match_rows() and TransitionCounts; about three times the texts and keys of the changes that are recorded, which is taken from
/// the budget.
Difference difference(comm::Communicator& communicator, const ComparedTables& tables, const DifferenceOptions& options,
                      data::Budget& budget);

}  // namespace fullbase::compare
