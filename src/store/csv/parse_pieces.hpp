// All pieces of a file by all threads of all ranks: parsed on assumptions, checked against each other, parsed again where an
// assumption was wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"
#include "store/csv/piece_parser.hpp"
#include "store/csv/reject_store.hpp"
#include "store/csv/row_store.hpp"

namespace fullbase::store::csv {

/// Cuts the text from the layout's data_begin on into pieces of `piece_bytes` and returns this rank's run of them. A
/// sequential() file is one piece, of rank 0.
std::vector<Piece> cut(const InputFile& file, const Layout& layout, std::int64_t piece_bytes,
                       const comm::Communicator& communicator);

/// Something else that a file's bytes are read for, done by the same threads at about the same time, while the bytes are near.
struct Beside {
  std::int64_t offset = 0;
  std::function<void()> work;
};

/// What a rank knows after its pieces have been parsed; lines and counts are the whole file's where it says so.
struct PiecesResult {
  std::int64_t first_line = 0;        ///< of this rank's first piece
  std::int64_t records = 0;           ///< of this rank, rejected ones included
  ReasonCounts reasons{};             ///< of this rank
  std::vector<TextSizes> texts = {};  ///< of this rank, by column; lines of the file
  std::int64_t parsed_again = 0;      ///< pieces of this rank whose assumption was wrong
};

/// Parses files with one parser a thread.
class PiecesParser {
 public:
  PiecesParser(const CsvOptions& options, const Layout& layout, const PieceSizes& sizes);

  /// Collective. Rows go to `rows`, rejects to `rejects`, which have room for pieces.size() pieces and are sealed here. Throws
  /// the same error on every rank: what reading gives, and input errors for a record beyond the limit and for quotes that the
  /// file's end leaves open, with their line. Cost: each byte read and scanned once, wrongly assumed pieces twice. Sends 5 bytes
  /// a rank, and 16 for lines and agreement.
  PiecesResult parse(comm::Communicator& communicator, const InputFile& file, const std::vector<Piece>& pieces, RowStore& rows,
                     RejectStore& rejects, const std::vector<Beside>& beside = {});

  /// Categories of a column that thread `thread` has met; null if the column is none, or the thread has parsed nothing.
  const CategoryIndex* categories(int thread, std::size_t column) const noexcept;
  const Layout& layout() const noexcept { return layout_; }
  int threads() const noexcept { return static_cast<int>(parsers_.size()); }

 private:
  PieceParser& parser_of(int thread);
  PieceResult parse_one(const InputFile& file, Piece piece, std::size_t index, std::optional<State> entry, int thread,
                        RowStore& rows, RejectStore& rejects);

  CsvOptions options_;
  Layout layout_;
  PieceSizes sizes_;
  std::vector<std::unique_ptr<PieceParser>> parsers_;
};

}  // namespace fullbase::store::csv
