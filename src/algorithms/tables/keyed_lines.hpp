// Which lines of a batch take part in work by key: those that a condition holds for, that have a key and, where lines have a
// time, one before the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/tables/group_keys.hpp"
#include "base/time.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::tables {

/// Lines that did not take part.
struct LeftOut {
  std::int64_t filtered = 0;  ///< by `where`
  std::int64_t missing_key = 0;
  std::int64_t missing_time = 0;
  std::int64_t after_as_of = 0;
  std::int64_t missing_value = 0;

  void add(const LeftOut& other) noexcept {
    filtered += other.filtered;
    missing_key += other.missing_key;
    missing_time += other.missing_time;
    after_as_of += other.after_as_of;
    missing_value += other.missing_value;
  }
};

/// The lines of a batch, a row each.
struct KeyedLines {
  std::vector<std::uint64_t> codes;     ///< of the keys; missing_code: the line does not take part
  std::span<const std::int64_t> times;  ///< empty where lines have no time; in the batch or in a buffer here
  LeftOut left_out;                     ///< of this batch; a line counts for the first reason that it has

 private:
  friend class KeyedLineReader;
  std::vector<std::uint8_t> taking_part_;
  std::vector<std::int64_t> times_;
};

/// Reads batches as KeyedLines. Safe to use from several threads. Keeps source, keys and condition by reference.
class KeyedLineReader {
 public:
  /// `where`: bound to the source's schema; null: none. `time`: position of a timestamp or a date, whose days begin in `zone`;
  /// without one `as_of` counts for nothing.
  KeyedLineReader(const data::BlockSource& source, const GroupKeys& keys, const data::BoundExpression* where,
                  std::optional<int> time, const base::TimeZone& zone, std::optional<std::int64_t> as_of);

  /// Appends the positions of the columns that it reads.
  void add_columns(std::vector<int>& columns) const;
  /// `read`: the positions of the batch's columns. `lines` is good while the batch is. Throws an input error for a date that is
  /// no time, in lines that would take part alone.
  void read(const data::Batch& batch, std::span<const int> read, KeyedLines& lines) const;

 private:
  void leave_out_by_time(const data::Batch& batch, std::span<const int> read, KeyedLines& lines) const;

  const data::BlockSource& source_;
  const GroupKeys& keys_;
  const data::BoundExpression* where_;
  std::optional<int> time_;
  base::TimeZone zone_;
  std::optional<std::int64_t> as_of_;
};

/// Column `position` of a table in a batch that holds the columns `read` of it.
inline const data::Column& column_of(const data::Batch& batch, std::span<const int> read, int position) {
  return batch[static_cast<std::size_t>(std::ranges::find(read, position) - read.begin())];
}
/// Positions in ascending order, each once.
void sort_once(std::vector<int>& positions);

}  // namespace fullbase::tables
