// What one table says of the rows of another: the row with the same key, and its values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/tables/key_index.hpp"
#include "algorithms/tables/row_records.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/spill.hpp"

namespace fullbase::tables {

/// A column that is looked up.
struct AddedColumn {
  int column = 0;                         ///< position in the table
  data::Field field = {};                 ///< as the result has it
  std::optional<data::Column> fill = {};  ///< one row, of the same field: the value where there is no match; else missing
  std::int32_t width = 0;                 ///< strings: bytes of the longest text, that of `fill` included
};

/// A table to look up in.
struct LookupTable {
  const data::BlockSource* source = nullptr;
  std::vector<int> keys = {};                 ///< positions of the key columns
  std::vector<std::int32_t> key_widths = {};  ///< strings: bytes of the longest text; 0 for other types
  std::vector<AddedColumn> columns = {};
};

/// The table's rows by key, for the rows that this rank has of `rows`, the table whose rows are looked up. Where the looked-up
/// table fits half of the budget that is left, every rank holds its index and its added columns. Else it is read in parts that
/// do, each is looked up for all of this rank's rows, and what was found lies in a spill file. Both give the same values.
///
/// Memory for n rows of the table: KeyIndex::bytes() and n times the added columns (their value, 1 more where their type has a
/// mask, strings 8 and their text); with a spill file the same for a part (at least 1,024 rows), and thread_count() batches of
/// records. Reads the table once on every rank, and a second time by shares to check its keys where it comes in parts; then the
/// keys of `rows` once a part. Spilled: RowRecords::bytes() + 1 a row of this rank.
class Lookup {
 public:
  /// Collective. `keys`: positions of the key columns in `rows`, comparable() with the table's, in their order. An input error
  /// names the first row whose key stood in an earlier row of the table. Both tables must outlive this.
  Lookup(comm::Communicator& communicator, const data::BlockSource& rows, std::vector<int> keys, LookupTable table,
         data::Budget& budget, data::Spill& spill);

  const LookupTable& table() const noexcept { return table_; }
  /// Positions of the columns of `rows` that find() wants, in its order; none where all was looked up before.
  std::span<const int> needs() const noexcept { return file_ ? std::span<const int>() : std::span<const int>(keys_); }
  /// Of added column `column`; null if that has no categories.
  const data::DictionaryPointer& dictionary(std::size_t column) const { return dictionaries_.at(column); }

  struct Found {
    std::vector<std::uint8_t> matched;  ///< 1 or 0 a row
    std::vector<data::Column> columns;  ///< those asked for
  };
  /// For rows that this rank has of the table: the added columns at positions `columns`, in that order. Safe from several
  /// threads.
  Found find(std::span<const data::Column* const> keys, base::RowRange rows, std::span<const std::size_t> columns) const;

  /// Parts that the table was read in.
  std::int64_t parts() const noexcept { return parts_; }

 private:
  /// Consecutive rows of the table.
  struct Part {
    std::optional<KeyIndex> index;
    std::vector<data::Column> columns;  ///< added ones; the row behind the last one stands for no match
  };

  std::int64_t part_bytes(std::int64_t rows) const noexcept;
  Part read_part(base::RowRange rows) const;
  void look_up_part(const data::BlockSource& rows, const Part& part, bool first);
  void make_dictionaries();

  LookupTable table_;
  std::vector<int> keys_;
  std::vector<KeyPair> pairs_;
  std::vector<data::DictionaryPointer> dictionaries_;
  std::vector<std::vector<std::int32_t>> recoded_;  ///< by column: new codes where a fill is no category of the table
  data::Reservation memory_;
  Part whole_;
  base::RowRange local_;
  std::int64_t parts_ = 1;
  std::optional<RowRecords> records_;
  std::unique_ptr<data::SpillFile> file_;
};

}  // namespace fullbase::tables
