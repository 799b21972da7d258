// The lines of a table as an aggregate sees them: whose they are, in which window they lie, what is measured.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/tables/group_keys.hpp"
#include "algorithms/tables/keyed_lines.hpp"
#include "algorithms/tables/measure_plan.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::tables {

/// The window of a line that lies in none, for it is too old.
inline constexpr std::uint8_t no_window = 255;

/// The lines of a batch that take part.
struct GroupLines {
  std::vector<std::int32_t> rows;       ///< of the batch
  std::vector<std::uint64_t> codes;     ///< a line each
  std::vector<std::uint8_t> windows;    ///< the innermost one, or no_window; empty: all in the only one
  std::span<const std::int64_t> times;  ///< by row of the batch; empty where lines have no time
  MeasurePlan::View measures;
  std::int64_t first_row = 0;
  LeftOut left_out;  ///< of this batch

 private:
  friend class LineReader;
  KeyedLines keyed_;  ///< all lines of the batch
  std::vector<std::uint8_t> taking_part_;
};

/// Reads batches as GroupLines. Safe to use from several threads.
class LineReader {
 public:
  /// `filter` is bound to the source's schema; null: none. All are kept by reference.
  LineReader(const data::BlockSource& source, const AggregateOptions& options, const GroupKeys& keys, const MeasurePlan& plan,
             const data::ExpressionEnvironment& environment, const data::BoundExpression* filter);

  /// Positions of the columns to read.
  const std::vector<int>& columns() const noexcept { return columns_; }
  /// Rows are selected first: only those that take part can fail.
  void read(const data::Batch& batch, GroupLines& lines) const;
  /// Raises magnitudes as MeasurePlan::add_magnitudes does.
  void add_magnitudes(const data::Batch& batch, GroupLines& lines, std::span<double> magnitudes) const;

 private:
  void select(const data::Batch& batch, GroupLines& lines) const;
  void leave_out_missing(const data::Batch& batch, GroupLines& lines) const;

  const data::BlockSource& source_;
  const MeasurePlan& plan_;
  KeyedLineReader keyed_;
  std::optional<data::BoundExpression> value_;  ///< that a line has to have, if it can be missing
  std::vector<std::int64_t> starts_;            ///< of the windows, innermost first
  std::vector<int> columns_;
};

}  // namespace fullbase::tables
