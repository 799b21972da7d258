// Dense numbers for the values of a column that is no measure: truth values, whole numbers, texts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/key_slots.hpp"

namespace fullbase::prepare {

/// KeySlots that know booleans too (slot 0: false, 1: true), and say what a slot's value looks like. Safe to use from several
/// threads.
class ValueSlots {
 public:
  /// boolean, int64, category, string.
  static bool takes(data::Type type) noexcept;

  /// Collective; as KeySlots::build() over all rows. A boolean column needs no pass.
  static ValueSlots build(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget);

  std::int32_t size() const noexcept { return keys_ ? keys_->size() : 2; }
  /// One slot a row; -1 where the value is missing. The result lies in the column itself or in `buffer`.
  std::span<const std::int32_t> slots_of(const data::Column& column, std::vector<std::int32_t>& buffer) const;
  /// The values of these slots as people write them: "true", "12", a text as it is.
  data::Strings texts(std::span<const std::int32_t> slots) const;
  std::string text(std::int32_t slot) const { return std::string(texts(std::span(&slot, 1))[0]); }

 private:
  std::optional<KeySlots> keys_;  ///< none: booleans
  data::Field field_ = {};        ///< of the keys
};

/// Rows of each slot over all ranks, and, last, those without a value. Collective. Reads the column once; memory and traffic: 8
/// bytes a slot.
std::vector<std::int64_t> rows_of_slots(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                        const ValueSlots& slots, data::Budget& budget);

}  // namespace fullbase::prepare
