// Which rows of a table are new or changed, and which have gone: a delta for a warehouse.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/compare/change_records.hpp"
#include "algorithms/compare/difference.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::compare {

struct ChangedRows {
  std::vector<std::int64_t> rows;     ///< of the later table, ascending: added or changed
  std::vector<Change> changes;        ///< which of the two each is
  std::vector<std::int64_t> removed;  ///< rows of the earlier table whose key the later one lacks, ascending
  std::int64_t without_key = 0;       ///< rows of the later table that are left out, since they have no key
};

/// Rows are compared as difference() does, bit by bit in `tables.columns`; rows without a key are left out. The same on every
/// rank. Collective. Errors, memory and traffic as match_rows(), and 9 bytes for each row of the result on every rank.
ChangedRows changed_rows(comm::Communicator& communicator, const ComparedTables& tables, data::Budget& budget);

/// Those rows as a table: "change" (category: added, changed, removed), then the later table's columns at positions `columns`,
/// each of which is a key or in tables.columns. Rows as in ChangedRows; of a removed one the keys stand, and all else is missing.
/// Keeps the tables by reference, and copies of what else it needs. Throws an input error if there is a column "change" already.
class ChangedTable final : public data::BlockSource {
 public:
  ChangedTable(const ComparedTables& tables, std::vector<int> columns, ChangedRows changed);

  const std::string& name() const noexcept override { return tables_.later.name(); }
  const data::Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override;
  data::DictionaryPointer dictionary(int column) const override { return dictionaries_.at(static_cast<std::size_t>(column)); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override;

 private:
  /// Position `column` of this table: a key, a column of the later table, or neither ("change").
  const CommonColumn* key(int column) const;
  void append_present(base::RowRange rows, std::span<const int> columns, data::Batch& batch) const;
  void append_removed(base::RowRange rows, std::span<const int> columns, data::Batch& batch) const;

  ComparedTables tables_;
  std::vector<int> columns_;  ///< of the later table; column i + 1 of this one
  ChangedRows changed_;
  data::Schema schema_;
  std::vector<data::DictionaryPointer> dictionaries_;
};

}  // namespace fullbase::compare
