// What the rows of a side of a matrix are called: the customers, or the items, that have an entry.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/prepare/key_slots.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Rows 0 to rows() - 1 in the order of their keys, the same on every rank. Safe to use from several threads.
/// Memory on every rank: KeySlots, 4 bytes a slot and 8 a row.
class SideKeys {
 public:
  SideKeys() = default;
  /// `entries`: of each slot, over all ranks; slots without any are no row. `field`: of the key column. Not collective: the same
  /// on every rank, but what the budget throws.
  SideKeys(prepare::KeySlots slots, const data::Field& field, std::span<const std::int32_t> entries, data::Budget& budget);

  std::int64_t rows() const noexcept { return std::ssize(slot_of_row_); }
  /// Collective. The different values of a key column of a table; `entries_of()` is how many rows have one. Sends what
  /// KeySlots::build() and sum_counts() do. Memory, from the budget: that of both, and 4 bytes a slot while rows are counted.
  static SideKeys of_table(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget);

  /// Entries that a row has over all ranks.
  std::int32_t entries_of(std::int64_t row) const noexcept { return entries_[static_cast<std::size_t>(row)]; }

  /// The row of a slot of slots(), -1 where it has none or is itself -1.
  std::int32_t row_of_slot(std::int32_t slot) const noexcept {
    return slot < 0 ? -1 : row_of_slot_[static_cast<std::size_t>(slot)];
  }
  /// One row a value of a key column of any table; -1 where the key is missing or none of these.
  std::vector<std::int32_t> rows_of(const data::Column& column) const;

  const prepare::KeySlots& slots() const noexcept { return slots_; }
  /// What keys() returns: the key column's field, never missing, a string for a category.
  const data::Field& field() const noexcept { return field_; }
  data::Column keys(std::span<const std::int32_t> rows) const;
  data::Column keys(base::RowRange rows) const;
  /// Bytes of the longest text; 0 for integers. What TableWriter wants.
  std::int32_t string_width() const noexcept { return string_width_; }

 private:
  prepare::KeySlots slots_;
  data::Field field_ = {};
  std::vector<std::int32_t> row_of_slot_;
  std::vector<std::int32_t> slot_of_row_;
  std::vector<std::int32_t> entries_;
  std::int32_t string_width_ = 0;
  data::Reservation memory_;
};

/// Collective. Each of `counts`, as many on every rank, becomes the sum over ranks, 2^31 - 1 at most. Sends 8 bytes a count.
/// Memory: 8 bytes for each of 2^20.
void sum_counts(comm::Communicator& communicator, std::vector<std::int32_t>& counts);

}  // namespace fullbase::recommendation
