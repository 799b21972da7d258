// All pieces of a file by all threads of all ranks: parsed on assumptions, checked against each other, parsed again where an
// assumption was wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "comm/communicator.hpp"
#include "store/csv/piece_parser.hpp"
#include "store/csv/reject_store.hpp"
#include "store/csv/row_store.hpp"
#include "store/csv/rows_parser.hpp"

namespace fullbase::store::csv {

/// Cuts the text from the layout's data_begin on into pieces of `piece_bytes` and returns this rank's run of them. A
/// sequential() file is one piece, of rank 0.
std::vector<Piece> cut(const InputFile& file, const Layout& layout, std::int64_t piece_bytes,
                       const comm::Communicator& communicator);

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

/// The parser of a CSV file, its text cut into pieces of `sizes.piece_bytes`. `file` outlives it.
std::unique_ptr<RowsParser> make_text_file_parser(const comm::Communicator& communicator, const InputFile& file,
                                                  const Layout& layout, const CsvOptions& options, const PieceSizes& sizes,
                                                  std::int64_t piece_bytes);

}  // namespace fullbase::store::csv
