// Rows about customers as passes over their baskets leave them, until the number of all is known and the table can be laid out.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "algorithms/tables/kept_words.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_sink.hpp"
#include "data/budget.hpp"
#include "data/spill.hpp"

namespace fullbase::itemsets {

/// Rows of 64-bit words. In the order of (pass, rank, piece), which is that of BasketReader's keys. Memory: 8 row_words bytes a
/// row, in all at most a quarter of what the budget has left at the start, and what it has no room for is in a spill file; 64
/// bytes a run of rows that was kept at a time.
class CustomerRows {
 public:
  CustomerRows(std::int64_t row_words, data::Budget& budget, data::Spill& spill);

  /// Rows that a caller should keep at a time, so that they can be written by as many threads as there are.
  static constexpr std::int64_t run_rows = 16 * base::block_rows;

  /// Takes rows of a piece of this rank's baskets. Safe from several threads; runs of one piece come from one, in their order.
  void keep(std::int64_t pass, std::int64_t piece, std::vector<std::uint64_t>&& rows);

  /// Collective, once, after the last row. Numbers the rows. Sends 8 bytes a pass and rank.
  void finish(comm::Communicator& communicator, std::int64_t passes);
  /// Of all ranks.
  std::int64_t rows() const noexcept { return rows_; }

  /// Collective. Writes the table whose rows `batch_of(words, rows)` makes of these, safe from several threads; it is asked for
  /// no rows too. Memory: run_rows a thread; sends what prepare::write_ends() does.
  void write(comm::Communicator& communicator, data::BlockSink& sink,
             const std::function<data::Batch(std::span<const std::uint64_t> words, base::RowRange rows)>& batch_of) const;

 private:
  struct Run {
    std::int64_t pass, piece;
    base::RowRange rows;  ///< numbered by finish()
    tables::KeptWords::Piece words;
  };

  std::int64_t row_words_;
  tables::KeptWords words_;
  std::mutex mutex_;
  std::vector<Run> runs_;
  std::int64_t rows_ = 0;
};

}  // namespace fullbase::itemsets
