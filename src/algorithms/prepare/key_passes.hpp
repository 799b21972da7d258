// Rows by key in as many passes as memory asks for: each pass takes the keys of one share of the hashes.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/prepare/key_shares.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"

namespace fullbase::prepare {

/// What is read of a table for work on its keys.
struct KeyedRows {
  std::vector<int> keys;                         ///< positions of the key columns; not float32 or float64
  std::vector<int> beside = {};                  ///< of further columns
  const data::BoundExpression* where = nullptr;  ///< rows that take part; null: all
};

/// Cuts the rows of all ranks so that what is read and shuffled in a pass takes at most half of the budget that is left, but at
/// least 1 MiB: about 88 bytes a row and 8 a column, and four times the texts. Which pass a row is in follows from its key alone.
class KeyPasses {
 public:
  /// Collective. Source, `where` and budget must outlive this, which holds the memory of a pass.
  KeyPasses(comm::Communicator& communicator, const data::BlockSource& source, KeyedRows rows, data::Budget& budget);

  std::int64_t passes() const noexcept { return shares_.count(); }

  /// This rank's rows of a pass: the keys, what is beside them, and the row numbers (a column of int64). Rows that miss a part of
  /// the key are not among them. Not collective.
  data::Batch read(std::int64_t pass);

  /// Rows of this rank, of the passes read so far, that miss a part of the key, and that do not take part.
  std::int64_t missing_keys() const noexcept { return missing_keys_; }
  std::int64_t filtered() const noexcept { return filtered_; }

 private:
  std::int64_t row_bytes() const;

  const data::BlockSource& source_;
  KeyedRows rows_;
  std::vector<int> columns_;  ///< read: keys, beside, then those of `where`
  base::RowRange local_;
  KeyShares shares_;
  std::int64_t missing_keys_ = 0;
  std::int64_t filtered_ = 0;
};

}  // namespace fullbase::prepare
