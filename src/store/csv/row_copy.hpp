// Copies parsed rows into batches: groups are cut and joined as blocks need them, codes become those of the united dictionary.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "store/csv/row_store.hpp"

namespace fullbase::store::csv {

/// By column and thread: the thread's codes in the united dictionary; empty for columns that are not categories.
using CodeTables = std::vector<std::vector<std::vector<std::int32_t>>>;

/// One thread's copying.
class RowCopy {
 public:
  RowCopy(const RowStore& store, const data::Schema& schema, const CodeTables& codes);

  /// Begins a new run of rows.
  void begin();
  /// Appends rows [first, last) of the store.
  void append(std::int64_t first, std::int64_t last);
  /// Appends rows of a group whose codes are those of the united dictionary already.
  void append(const RowGroup& group, std::int64_t first, std::int64_t last);
  /// What was appended since begin().
  data::Batch take(base::RowRange rows, const std::vector<data::DictionaryPointer>& dictionaries);
  RowGroup take();

 private:
  const RowStore& store_;
  const data::Schema& schema_;
  const CodeTables& codes_;
  RowGroup rows_;
  RowGroup buffer_;                  ///< the last group that had to be read back
  std::size_t buffered_ = SIZE_MAX;  ///< its number
};

/// Collective. Of the block in which this rank's last row lies, the rows that ranks behind hold, if the block begins on this
/// rank. `starts`: the first row of each rank, then the number of rows. Sends fewer than 1,024 rows a rank.
RowGroup rows_behind(comm::Communicator& communicator, std::span<const std::int64_t> starts, const RowStore& store,
                     const data::Schema& schema, const CodeTables& codes);

}  // namespace fullbase::store::csv
