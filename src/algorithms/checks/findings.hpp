// Rows that break a rule: how many of a table's, and the first of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"

namespace fullbase::checks {

/// Rows that a finding names.
inline constexpr std::size_t named_rows = 10;

/// The same on every rank, whatever the ranks, threads and memory.
struct Finding {
  std::int64_t rows = 0;            ///< that break the rule
  std::vector<std::int64_t> first;  ///< the lowest of them, ascending, at most named_rows; numbers of the source that was read
};

/// Collective. Rows in which `condition`, bound to the source's schema, is not true (false, or missing). Reads the condition's
/// columns once. Memory: parallel::scan's batches. Sends 8 + 8 * named_rows bytes a rank.
Finding rows_against(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression& condition);

/// Collective. Rows whose key, the values of `columns` together, stood in an earlier row already; rows with a missing value among
/// them repeat none. Columns of floats are no keys: a job-file error. Method, traffic and memory as prepare::require_unique: keys
/// are shuffled with their row numbers in as many passes as the budget asks for, each of which reads the columns again.
Finding repeated_keys(comm::Communicator& communicator, const data::BlockSource& source, std::span<const int> columns,
                      data::Budget& budget);

/// Collective. Rows whose value of `column` occurs nowhere in the reference's column; rows without a value need none. The columns
/// are of one type, where texts and categories count as one. Both are shuffled by value, in passes as above.
Finding unknown_keys(comm::Communicator& communicator, const data::BlockSource& source, int column,
                     const data::BlockSource& reference, int reference_column, data::Budget& budget);

/// Collective. The greatest value of a date or timestamp column (days or microseconds) among rows in which `condition` is true;
/// nothing where there is none. Reads the column and the condition's once.
std::optional<std::int64_t> newest(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                   const data::BoundExpression& condition);

}  // namespace fullbase::checks
