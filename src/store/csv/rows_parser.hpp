// Whoever makes rows of one imported file, by all threads of all ranks: of text (parse_pieces.hpp), or of a file that has values
// (columnar_parser.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "comm/communicator.hpp"
#include "store/csv/piece_parser.hpp"
#include "store/csv/reject_store.hpp"
#include "store/csv/row_store.hpp"

namespace fullbase::store::csv {

/// Something else that a file's bytes are read for, done by the same threads at about the same time, while the bytes are near.
struct Beside {
  std::int64_t offset = 0;
  std::function<void()> work;
};

/// What a rank knows after its pieces have been parsed; lines and counts are the whole file's where it says so.
struct PiecesResult {
  std::int64_t first_line = 0;        ///< of this rank's first piece
  std::int64_t records = 0;           ///< of this rank, rejected ones included; of baskets lines
  std::int64_t lines = 0;             ///< of text, of this rank; a last line without an end is one
  ReasonCounts reasons{};             ///< of this rank
  std::vector<TextSizes> texts = {};  ///< of this rank, by column; lines of the file
  std::int64_t parsed_again = 0;      ///< pieces of this rank whose assumption was wrong
};

class RowsParser {
 public:
  virtual ~RowsParser() = default;
  RowsParser(const RowsParser&) = delete;
  RowsParser& operator=(const RowsParser&) = delete;

  virtual int threads() const noexcept = 0;
  /// Pieces of this rank; ranks hold contiguous runs of them.
  virtual std::size_t pieces() const noexcept = 0;
  /// Collective. Rows go to `rows`, rejects to `rejects`, which have room for pieces() pieces and are sealed here; `beside` is
  /// done too. Throws the same error on every rank.
  virtual PiecesResult parse(comm::Communicator& communicator, RowStore& rows, RejectStore& rejects,
                             const std::vector<Beside>& beside) = 0;
  /// Categories of a column that thread `thread` has met; null if the column is none, or the thread has parsed nothing.
  virtual const CategoryIndex* categories(int thread, std::size_t column) const noexcept = 0;

 protected:
  RowsParser() = default;
};

}  // namespace fullbase::store::csv
