// What changed, value by value, as rows of a table of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "algorithms/compare/match.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"

namespace fullbase::compare {

enum class Change : std::uint8_t { added, changed, removed };

/// A value that is there, as text.
using ValueText = std::function<std::string(const data::Column& column, std::int64_t row)>;

/// Rows of the keys, then "change" (category: added, changed, removed), "_column" (int64: which of the compared columns; -1 for a
/// row that was added or removed), "before" and "after" (string). One rank's, in any order.
class ChangeRecords {
 public:
  explicit ChangeRecords(const std::vector<CommonColumn>& keys);

  /// A row that one table has; `position` is in rows.rows.
  void add(const MatchedRows& rows, std::int64_t position, Change change);
  /// A value that changed.
  void add(const MatchedRows& rows, const Match& match, std::int64_t column, const ValueText& text);

  /// Only the records of the first `keys` keys stay, in order.
  void keep_first(std::int64_t keys);
  std::int64_t bytes() const noexcept { return batch_.bytes(); }

  /// The records of the first `keys` keys of all ranks at rank 0, by (key, column); none elsewhere. Collective; for few.
  data::Batch at_root(comm::Communicator& communicator, std::int64_t keys) const;
  /// All ranks' records by (key, column), each rank its part of them; nothing is left. Collective; memory as comm::shuffle().
  data::Batch in_order(comm::Communicator& communicator);

 private:
  data::Column& column(std::size_t after_keys) { return batch_.columns[keys_ + after_keys]; }
  void add_key(const MatchedRows& rows, std::int64_t position, Change change, std::int64_t column);

  std::size_t keys_;
  data::Batch batch_;
};

/// The column "_column" of such records as their columns' names, "column" (category); missing for -1.
data::Column column_names(const data::Batch& records, std::size_t keys, const std::vector<std::string>& names);

}  // namespace fullbase::compare
