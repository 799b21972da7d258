// Result rows until the number of all is known: a table is laid out before it is written.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/tables/group_keys.hpp"
#include "algorithms/tables/kept_words.hpp"
#include "base/block.hpp"
#include "data/batch.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"
#include "data/spill.hpp"

namespace fullbase::tables {

/// Rows of words: a group's code, a value each for the fields, one bit each where it is missing. Memory: 8 row_words() bytes a
/// row, in all at most a quarter of what the budget has left at the start; the rest is on disk.
class FinishedGroups {
 public:
  /// `fields` are those of the values, without the keys.
  FinishedGroups(std::vector<data::Field> fields, data::Budget& budget, data::Spill& spill);

  std::int64_t row_words() const noexcept { return 1 + values() + (values() + 63) / 64; }
  std::int64_t values() const noexcept { return std::ssize(fields_); }

  /// Takes rows of this rank, `first` the number of the first one in the result. Pieces ascend.
  void keep(std::int64_t first, std::vector<std::uint64_t>&& rows);

  /// Rows of this rank.
  std::int64_t rows() const noexcept;

  /// Passes this rank's rows to `consume`, up to 16 blocks at a time, in any order, from several threads: of keys and values,
  /// which are columns in this order, those in `columns`. Not collective. Memory: 16 blocks a thread.
  void read(const GroupKeys& keys, const std::vector<data::DictionaryPointer>& dictionaries, std::span<const int> columns,
            const std::function<void(data::Batch&& rows)>& consume) const;
  /// The same columns without rows.
  data::Batch no_rows(const GroupKeys& keys, const std::vector<data::DictionaryPointer>& dictionaries,
                      std::span<const int> columns) const {
    return batch({}, {0, 0}, keys, dictionaries, columns);
  }

 private:
  struct Piece {
    base::RowRange rows;
    KeptWords::Piece words;
  };
  data::Batch batch(std::span<const std::uint64_t> words, base::RowRange rows, const GroupKeys& keys,
                    const std::vector<data::DictionaryPointer>& dictionaries, std::span<const int> columns) const;

  std::vector<data::Field> fields_;
  KeptWords words_;
  std::vector<Piece> pieces_;
};

}  // namespace fullbase::tables
