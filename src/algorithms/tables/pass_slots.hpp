// Dense numbers for the group codes that one pass looks at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/tables/group_keys.hpp"
#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::tables {

/// Slots of codes, ascending with them. Safe to read from several threads.
class PassSlots {
 public:
  /// All codes [first, last): a slot each. Memory: none.
  static PassSlots direct(std::uint64_t first, std::uint64_t last);
  /// The codes from `first` on that occur in this rank's `rows`, or the lowest `capacity` of them. Not collective; reads the key
  /// columns once. Memory: 24 bytes a slot kept, and 96 capacity bytes a thread while they are found, from the budget.
  static PassSlots occurring(const data::BlockSource& source, base::RowRange rows, const GroupKeys& keys, std::uint64_t first,
                             std::int64_t capacity, data::Budget& budget);

  std::int64_t size() const noexcept { return size_; }
  /// Codes below this one have slots, if they occur; where all do, the number of codes.
  std::uint64_t end() const noexcept { return end_; }
  std::uint64_t code(std::int64_t slot) const noexcept {
    return codes_.empty() ? first_ + static_cast<std::uint64_t>(slot) : codes_[static_cast<std::size_t>(slot)];
  }
  /// Slots of codes below `end` alone.
  void cut(std::uint64_t end);
  /// The first slot whose code is not below `code`.
  std::int64_t lower_bound(std::uint64_t code) const noexcept;

  /// A slot each, -1 for codes that have none.
  void slots_of(std::span<const std::uint64_t> codes, std::span<std::int64_t> slots) const noexcept;

 private:
  std::uint64_t first_ = 0;
  std::uint64_t end_ = 0;
  std::int64_t size_ = 0;
  bool direct_ = true;
  data::Reservation memory_;
  std::vector<std::uint64_t> codes_;
  std::vector<std::int64_t> table_;  ///< hash -> slot, -1 is empty
};

}  // namespace fullbase::tables
