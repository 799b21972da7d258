// Rows that meet a condition, with some of a table's columns, as a table of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::prepare {

/// In two passes, since a table is laid out before it is written: which rows are kept, then the rows. Row order is kept, so the
/// result is the same for any ranks. (Derived columns come from a data::DerivedSource.)
///
/// Memory: thread_count() batches of parallel::scan, plus the ends of batches that do not fill a block: at most 2 blocks for each
/// batch in flight. Reads the condition's columns twice, the others once.
class Selection {
 public:
  /// Collective. `where` is bound to source.schema(); null keeps every row. The source and the condition must outlive this.
  Selection(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* where);

  /// Rows kept and left out, over all ranks.
  std::int64_t rows() const noexcept { return total_; }
  std::int64_t left_out() const noexcept { return source_.rows() - total_; }

  /// Collective. Writes the columns at positions `columns` of the kept rows to a sink of rows() rows. A rank writes the blocks
  /// that lie within what it kept; rows of other blocks, at most 2 (block_rows - 1) a rank, go to the ranks that own them.
  void write(comm::Communicator& communicator, std::span<const int> columns, data::BlockSink& sink) const;

 private:
  const data::BlockSource& source_;
  const data::BoundExpression* where_;
  base::RowRange local_;                 ///< of the source
  std::vector<std::int64_t> positions_;  ///< the first row of the result that each of scan's groups makes, and the end
  std::int64_t total_ = 0;
};

}  // namespace fullbase::prepare
