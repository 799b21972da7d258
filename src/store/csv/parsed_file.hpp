// A file's rows, parsed and counted by all ranks, on their way into a table.
#pragma once

#include <cstdint>
#include <memory>
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
  std::int64_t unit_blocks = 16;                     ///< blocks written at a time
  PieceSizes piece = {};
};

/// All numbers but those that say otherwise are the whole file's, equal on all ranks.
class ParsedFile {
 public:
  /// Collective. Reads and parses the file; options have been checked. Memory of a rank: per thread 2.5 MiB for a slab and its
  /// marks, and two groups of 65,536 rows; per distinct text of a category column 40 to 70 bytes and the text, twice while
  /// dictionaries are united; per reject that max_rejects allows up to 300 bytes; and the rows in as much as the budget has, at
  /// 4 to 8 bytes a value (texts 8 and their bytes, a byte more where values are missing); the rest goes to the spill file. A
  /// compressed file is read by rank 0 alone. Errors: see PiecesParser.
  ParsedFile(comm::Communicator& communicator, const InputFile& file, const CsvOptions& options, const ParseSizes& sizes,
             data::Budget& budget, data::Spill& spill);

  std::int64_t rows() const noexcept { return starts_.back(); }
  std::int64_t records() const noexcept { return records_; }
  std::int64_t rejected() const noexcept { return records_ - rows(); }
  const ReasonCounts& reasons() const noexcept { return reasons_; }
  /// Of this rank, lines of the file ascending; ranks follow each other.
  const std::vector<Reject>& local_rejects() const noexcept { return rejects_; }
  const std::vector<data::DictionaryPointer>& dictionaries() const noexcept { return dictionaries_; }
  const std::vector<std::int32_t>& string_widths() const noexcept { return widths_; }
  const std::string& sha256() const noexcept { return sha256_; }

  /// Collective. Writes all rows, each rank the blocks that begin among its rows. Sends the rows of blocks that lie on more than
  /// one rank: fewer than 1,024 a rank. Memory: a unit of rows a thread.
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;

 private:
  void take_categories(comm::Communicator& communicator, bool unused);

  data::Schema schema_;
  PiecesParser parser_;
  std::unique_ptr<RowStore> store_;
  std::int64_t unit_blocks_;
  std::vector<std::int64_t> starts_;  ///< first row of each rank, then the number of rows
  std::int64_t records_ = 0;
  ReasonCounts reasons_{};
  std::vector<Reject> rejects_;
  std::vector<data::DictionaryPointer> dictionaries_;
  CodeTables codes_;
  std::vector<std::int32_t> widths_;
  std::string sha256_;
};

}  // namespace fullbase::store::csv
