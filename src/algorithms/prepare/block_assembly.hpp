// Pieces of a table that arrive in any order, put together to whole blocks.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "base/block.hpp"
#include "data/batch.hpp"
#include "data/block_sink.hpp"

namespace fullbase::prepare {

/// Whole blocks go straight to the sink; the ends of pieces wait here for what completes their block. Safe from several threads.
class BlockAssembly {
 public:
  /// `rows`: of the whole table, whose last block may be short.
  BlockAssembly(data::BlockSink& sink, std::int64_t rows) : sink_(sink), rows_(rows) {}

  void add(const data::Batch& piece);

  /// What waits still, in row order, rows that follow each other within a block together: the ends of this rank's rows. Nothing
  /// waits afterwards.
  std::vector<data::Batch> take_waiting();

 private:
  void wait_for(data::Batch piece);

  data::BlockSink& sink_;
  std::int64_t rows_;
  std::mutex mutex_;
  std::map<std::int64_t, std::vector<data::Batch>> waiting_;  ///< by block
};

/// Rows [first, last) of the table that a piece holds.
data::Batch slice(const data::Batch& piece, base::RowRange rows);
/// Pieces that follow each other, as one.
data::Batch joined(std::vector<data::Batch> pieces);

}  // namespace fullbase::prepare
