// The items of a table of sets as the lines of purchases write them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/set_index.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "data/budget.hpp"
#include "data/column.hpp"
#include "data/schema.hpp"

namespace fullbase::itemsets {

/// Whether items of two columns can be the same ones: texts match texts, categories or not; other types their own.
bool same_kind_of_item(const data::Field& a, const data::Field& b) noexcept;

/// Values by item of a SetIndex, of the type that a column of lines has. They are compared by value: the lines may have other
/// categories than the sets, lack items that are in sets, and have items that are in none. Safe to use from several threads.
/// Memory: 12 bytes an item and, for texts, twice its name and 16 bytes.
class ItemValues {
 public:
  /// `field`: of the lines' column. Not collective. Throws an input error for an item that is no value of that type.
  ItemValues(const SetIndex& sets, const data::Field& field, data::Budget& budget);

  std::int32_t size() const noexcept { return static_cast<std::int32_t>(places_.size()); }
  /// Of column(): the lines' field, never missing.
  const data::Field& field() const noexcept { return field_; }
  /// The items as values of the lines' type; categories are those of the sets.
  data::Column column(std::span<const std::int32_t> items) const;
  const data::DictionaryPointer& dictionary() const noexcept { return values_.dictionary(); }
  /// Bytes of the longest text of a string column; else 0.
  std::int32_t string_width() const noexcept;
  /// Where an item stands among all in the order of their values: numbers by value, texts by bytes.
  std::int32_t place(std::int32_t item) const noexcept { return places_[static_cast<std::size_t>(item)]; }

  /// By slot of the lines' values: the item that it is, -1 for one that is in no set. Memory: 4 bytes a slot, which the caller
  /// answers for. Cost: a binary search for each item.
  std::vector<std::int32_t> items_of_slots(const prepare::ValueSlots& slots) const;

 private:
  data::Field field_;
  data::Reservation memory_;
  data::Column values_;  ///< by item
  std::vector<std::int32_t> places_;
};

}  // namespace fullbase::itemsets
