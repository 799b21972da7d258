// The customers, or the items, of a table of pairs: how many pairs each has, what they come to, who is cold.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/key_slots.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"

namespace fullbase::recommendation {

/// Pairs are added, then finish() makes rows: one for each key that has a pair, in the order of keys.
///
/// Totals are sums of values, each rounded to steps of 2^-61 of the greatest magnitude of all first: exact for whole numbers
/// below 2^53 next to ones below 2^61. The same bits on any ranks and threads. Memory, from the budget, on every rank: SideKeys,
/// 9 bytes a row; until finish() 24 bytes a slot, and 4 while it works.
class PairSide {
 public:
  /// Not collective. `field`: of the key column; `most`: no value has a greater magnitude.
  PairSide(prepare::KeySlots slots, const data::Field& field, double most, data::Budget& budget);

  /// Adds pairs of these keys, those whose `counts` is 1. Safe to call from several threads.
  void add(const data::Column& keys, std::span<const double> values, std::span<const std::uint8_t> counts);
  /// Collective. A key of fewer than `least` pairs is cold. Sends 24 bytes a slot.
  void finish(comm::Communicator& communicator, std::int64_t least, data::Budget& budget);

  // After finish(); the same on every rank.
  const SideKeys& keys() const noexcept { return keys_; }
  std::int64_t cold() const noexcept { return cold_; }
  bool is_cold(std::int64_t row) const noexcept { return keys_.entries_of(row) < least_; }
  /// Sets `counts` to 0 for the keys that are cold. Safe to call from several threads.
  void leave_out_cold(const data::Column& keys, std::span<std::uint8_t> counts) const;
  /// The row of most pairs, of equal ones the first; -1 where there is no row.
  std::int64_t longest() const noexcept;

  /// `key` (its name in the table), `others` (int64: pairs), total (float64), cold (boolean).
  static data::Schema schema(const data::Field& field, const std::string& key, const std::string& others);
  data::Batch rows(const data::Schema& schema, base::RowRange range) const;

 private:
  data::Field field_;
  prepare::KeySlots slots_;
  data::Reservation sums_memory_;
  int exponent_;                    ///< units = value * 2^exponent
  std::vector<std::int64_t> sums_;  ///< by slot: pairs; units / 2^31, rounded down, added up; what is left of them, added up
  SideKeys keys_;
  data::Reservation memory_;
  std::vector<double> totals_;
  std::int64_t least_ = 0;
  std::int64_t cold_ = 0;
};

}  // namespace fullbase::recommendation
