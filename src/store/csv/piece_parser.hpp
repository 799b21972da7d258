// Parses a byte range of a file. A range may begin anywhere, even within quotes: whoever cuts the ranges says in which state one
// begins, or lets it be assumed and looks afterwards whether the ranges fit together (see resolve.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "store/csv/basket_lines.hpp"
#include "store/csv/byte_reader.hpp"
#include "store/csv/column_parser.hpp"
#include "store/csv/layout.hpp"
#include "store/csv/row_group.hpp"

namespace fullbase::store::csv {

/// Sizes that alter no result.
struct PieceSizes {
  std::size_t slab_bytes = std::size_t{1} << 18;      ///< read and parsed at a time; fits in a core's cache with its marks
  std::size_t group_rows = std::size_t{1} << 16;      ///< rows handed on at a time
  std::size_t group_bytes = std::size_t{8} << 20;     ///< or fewer, once they took so much text
  std::size_t group_rejects = std::size_t{1} << 12;   ///< rejects handed on at a time
  std::size_t record_limit = std::size_t{64} << 20;   ///< a longer record is an input error: a quote was never closed
  std::int64_t reject_limit = INT64_MAX;              ///< rejects kept a piece; more are only counted
  std::size_t overhang_limit = std::size_t{1} << 18;  ///< read behind a range whose state was only assumed
};

/// Bytes [begin, end) of a file's text. The records that begin in them are the piece's.
struct Piece {
  std::int64_t begin = 0;
  std::int64_t end = 0;  ///< unknown for compressed files: the largest int64
};

/// The states that a piece's bytes lead to, by the state before them; nothing where that state is not possible.
using Transition = std::array<std::optional<State>, 5>;

/// The texts of a string column, of the rows that were taken.
struct TextSizes {
  std::int64_t longest = 0;  ///< bytes
  std::int64_t line = 0;     ///< on which the record of a text of about that length begins, counted as in rejects
  std::int64_t bytes = 0;    ///< of all

  friend bool operator==(const TextSizes&, const TextSizes&) = default;
};

/// Takes what parsing gives, in file order.
struct PieceSink {
  std::function<void(RowGroup&&)> rows;
  /// Lines are counted from the piece's first byte, which is on line 0.
  std::function<void(std::vector<Reject>&&)> rejects;
};

/// What parsing a piece gave besides its rows and rejects.
struct PieceResult {
  State assumed = State::record_start;
  Transition transition;
  bool complete = true;      ///< false: its last record runs on too far to be read on an assumption
  std::int64_t records = 0;  ///< rows, and records that were rejected; of baskets lines
  std::int64_t rows = 0;
  std::int64_t lines = 0;        ///< line ends in its bytes
  bool unended = false;          ///< its last record is the file's last line, which has no end
  ReasonCounts reasons{};        ///< of all rejects
  std::vector<TextSizes> texts;  ///< by column; zeros for columns that are not strings
  /// The file ends within quotes that opened on this line, counted as in rejects.
  std::optional<std::int64_t> open_quote_line;
};

/// One thread's parser; it keeps its buffers and categories from piece to piece.
class PieceParser {
 public:
  PieceParser(const CsvOptions& options, const Layout& layout, const PieceSizes& sizes);

  /// `entry`: the state before the piece, or nothing to assume one. Throws io errors; for a certain entry input errors too (a
  /// record beyond the limit). Memory: four slabs and their marks (8 bytes a byte of text), more where a record is longer; a
  /// group of rows and one of rejects.
  PieceResult parse(const InputFile& file, Piece piece, std::optional<State> entry, const PieceSink& sink);

  /// By imported column; null for columns that are not categories.
  const CategoryIndex* categories(std::size_t column) const noexcept { return columns_[column]->categories(); }

 private:
  struct Run;
  void take_records(Run& run, std::size_t limit);
  void note_longest(Run& run);
  void note_rejects(Run& run);
  void hand_on_rejects(Run& run);
  void hand_on(Run& run, std::size_t room);

  Dialect dialect_;
  Layout layout_;
  PieceSizes sizes_;
  bool hides_texts_;
  std::optional<BasketLines> baskets_;  ///< each line is one
  std::vector<std::unique_ptr<ColumnParser>> columns_;
  std::vector<char> buffer_;
  Marks marks_;
  Records records_;
  Refusals refusals_;
};

}  // namespace fullbase::store::csv
