// Result rows until the number of all is known: a table is laid out before it is written.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/tables/group_keys.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"
#include "data/spill.hpp"

namespace fullbase::tables {

/// Rows of words: a group's code, a value each for the fields, one bit each where it is missing. Memory: 8 row_words() bytes a row,
/// in all at most a quarter of what the budget has left at the start; the rest is on disk.
class FinishedGroups {
 public:
  /// `fields` are those of the values, without the keys.
  FinishedGroups(std::vector<data::Field> fields, data::Budget& budget, data::Spill& spill);

  std::int64_t row_words() const noexcept { return 1 + values() + (values() + 63) / 64; }
  std::int64_t values() const noexcept { return std::ssize(fields_); }

  /// Takes rows of this rank, `first` the number of the first one in the result. Pieces ascend.
  void keep(std::int64_t first, std::vector<std::uint64_t>&& rows);

  /// Collective. Writes keys and values of all ranks' rows, `rows` in number, to a sink. Memory: a piece of 64 blocks a thread.
  void write(comm::Communicator& communicator, const GroupKeys& keys, const std::vector<data::DictionaryPointer>& dictionaries,
             std::int64_t rows, data::BlockSink& sink) const;

 private:
  struct Piece {
    base::RowRange rows;
    data::Reservation memory;
    std::vector<std::uint64_t> words;  ///< empty: in the file
    std::int64_t offset = 0;           ///< bytes
  };
  data::Batch batch(std::span<const std::uint64_t> words, base::RowRange rows, const GroupKeys& keys,
                    const std::vector<data::DictionaryPointer>& dictionaries) const;

  std::vector<data::Field> fields_;
  data::Budget& budget_;
  data::Spill& spill_;
  std::int64_t room_;  ///< bytes of rows that may yet be kept in memory: the passes to come need the rest
  std::vector<Piece> pieces_;
  std::unique_ptr<data::SpillFile> file_;
  std::int64_t file_bytes_ = 0;
};

}  // namespace fullbase::tables
