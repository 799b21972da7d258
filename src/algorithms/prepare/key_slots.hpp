// Dense numbers for the values of a key column, so that what is kept a customer lies in plain arrays.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/dictionary.hpp"

namespace fullbase::prepare {

/// Maps each value of an int64, category or string column to a slot, 0 to size() - 1, the same on every rank, slots ascending in
/// canonical order (integers by value, texts by bytes). Not every slot need occur. Safe to use from several threads.
/// Memory: nothing of its own for a category column, or for integers that lie close together; else every rank holds the distinct
/// keys and a table: 8 bytes an integer, 8 bytes and its text a string, and 8 to 16 bytes more for either.
class KeySlots {
 public:
  /// Collective. Category columns need no pass; the others are read once, by their ranks' rows, in `rows`. Throws a job-file
  /// error for another type or keys that do not fit the budget, and an input error for more than 2^31 - 2 distinct keys. Memory
  /// and traffic while keys are found: distinct_integers(), distinct_texts().
  static KeySlots build(comm::Communicator& communicator, const data::BlockSource& source, int column, base::RowRange rows,
                        data::Budget& budget);

  std::int32_t size() const noexcept { return size_; }

  /// One slot a row; -1 where the key is missing. The result lies in the column itself or in `buffer`.
  std::span<const std::int32_t> slots_of(const data::Column& column, std::vector<std::int32_t>& buffer) const;

  /// The same for a key column of any table, whose values need not be among these: -1 too where there is no slot. Texts and
  /// categories find each other; numbers find numbers only. Cost: log size() a row for category slots.
  std::vector<std::int32_t> find(const data::Column& column) const;

  /// The keys of these slots as a column of key_field()'s field: int64, or string for texts.
  /// Memory: 8 bytes a slot and its text_bytes().
  data::Column keys(const data::Field& field, std::span<const std::int32_t> slots) const;
  /// Bytes of a slot's text; 0 for integers.
  std::int64_t text_bytes(std::int32_t slot) const noexcept { return dictionary_ ? std::ssize((*dictionary_)[slot]) : 0; }
  /// What keys() returns for a key column of this field.
  static data::Field key_field(const data::Field& field);

 private:
  std::int32_t find(std::int64_t key) const noexcept;
  std::int32_t find(std::string_view key) const noexcept;
  void index(comm::Communicator& communicator, data::Budget& budget);

  data::Reservation keys_memory_;
  data::Reservation table_memory_;
  data::Type type_ = data::Type::int64;
  std::int32_t size_ = 0;
  std::int64_t least_ = 0;              ///< integers close together: slot = key - least_
  std::vector<std::int64_t> distinct_;  ///< integers far apart, ascending
  data::DictionaryPointer dictionary_;  ///< texts
  std::vector<std::int32_t> table_;     ///< hash -> slot, -1 is empty; a power of two long; for far integers and strings
};

}  // namespace fullbase::prepare
