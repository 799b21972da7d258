// A file's rows, parsed and counted by all ranks, on their way into a table.
#pragma once

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/budget.hpp"
#include "data/spill.hpp"
#include "store/csv/category_union.hpp"
#include "store/csv/parse_pieces.hpp"
#include "store/csv/row_copy.hpp"

namespace fullbase::store::csv {

/// Sizes that alter no result; tests make them tiny.
struct ParseSizes {
  std::int64_t piece_bytes = std::int64_t{8} << 20;  ///< of a plain file, parsed by one thread
  std::int64_t unit_blocks = 16;                     ///< blocks written at a time, fewer of wide rows
  PieceSizes piece = {};
};

/// What a parser is given of ParseSizes: no more rejects than tell that there are too many.
PieceSizes piece_sizes(const CsvOptions& options, const ParseSizes& sizes);

/// All numbers but those that say otherwise are the whole file's, equal on all ranks.
class ParsedFile {
 public:
  /// Collective. Parses the file, whose beginning read_layout() has read; options have been checked. Memory of a rank: per
  /// thread 2.5 MiB for a slab and its marks, 6 MiB where each line is a basket (more where a record is longer), two groups of
  /// 65,536 rows or of the rows of 8 MiB of text, and 1.5 MiB of rejects; per distinct text of a category column 40 to 70 bytes
  /// and the text, twice while dictionaries are united; and rows and rejects in as much as the budget has, at 4 to 8 bytes a
  /// value (texts 8 and their bytes, a byte more where values are missing); the rest goes to spill files. A compressed file is
  /// read by rank 0 alone. Errors: see PiecesParser; input for a string column that would be mostly padding (is_mostly_padding),
  /// with the line of its longest text.
  ParsedFile(comm::Communicator& communicator, const InputFile& file, const Layout& layout, const CsvOptions& options,
             const ParseSizes& sizes, data::Budget& budget, data::Spill& spill);
  /// Collective. The same of a file of any format, by its parser.
  ParsedFile(comm::Communicator& communicator, const InputFile& file, std::unique_ptr<RowsParser> parser,
             const CsvOptions& options, const ParseSizes& sizes, data::Budget& budget, data::Spill& spill);

  std::int64_t rows() const noexcept { return starts_.back(); }
  std::int64_t records() const noexcept { return records_; }
  std::int64_t rejected() const noexcept { return std::accumulate(reasons_.begin(), reasons_.end(), std::int64_t{0}); }
  /// Of text; 0 of other files.
  std::int64_t lines() const noexcept { return lines_; }
  const ReasonCounts& reasons() const noexcept { return reasons_; }
  /// Of this rank; ranks follow each other. Not all of them where there are more than max_rejects allows at most.
  const RejectStore& local_rejects() const noexcept { return *rejects_; }
  const std::vector<data::DictionaryPointer>& dictionaries() const noexcept { return dictionaries_; }
  const std::vector<std::int32_t>& string_widths() const noexcept { return widths_; }
  const std::string& sha256() const noexcept { return sha256_; }

  /// Collective. Writes all rows: write_rows(), in units of about 8 MiB.
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;

 private:
  void take_categories(comm::Communicator& communicator, const CsvOptions& options, bool unused);
  void take_text_sizes(comm::Communicator& communicator, const std::vector<TextSizes>& mine, const std::string& path);

  data::Schema schema_;
  std::unique_ptr<RowsParser> parser_;
  std::unique_ptr<RowStore> store_;
  std::int64_t unit_blocks_;
  std::vector<std::int64_t> starts_;  ///< first row of each rank, then the number of rows
  std::int64_t records_ = 0;
  std::int64_t lines_ = 0;
  ReasonCounts reasons_{};
  std::unique_ptr<RejectStore> rejects_;
  std::vector<data::DictionaryPointer> dictionaries_;
  CodeTables codes_;
  std::vector<std::int32_t> widths_;
  std::string sha256_;
};

}  // namespace fullbase::store::csv
