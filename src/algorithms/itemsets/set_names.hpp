// Frequent items as the table of sets shows them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "data/column.hpp"

namespace fullbase::itemsets {

/// Names and values of frequent items by number. Memory: 8 bytes and the name an item, and the value where it is another.
class SetNames {
 public:
  /// `item`: the lines' column.
  SetNames(const FrequentItems& items, const prepare::ValueSlots& slots, const data::Field& item, std::string separator);

  /// The column `item` of a table of sets.
  static data::Field field(const data::Field& item);

  const std::string& separator() const noexcept { return separator_; }
  std::string_view name(std::int32_t item) const noexcept { return names_[item]; }
  std::vector<std::int32_t> name_bytes() const;
  const data::DictionaryPointer& dictionary() const noexcept { return dictionary_; }

  /// These items as the column `item`.
  data::Column column(std::span<const std::int32_t> items) const;

 private:
  data::Field field_;
  std::string separator_;
  data::Strings names_;
  data::DictionaryPointer dictionary_;  ///< category alone
  std::vector<std::int32_t> codes_;     ///< category alone
  std::vector<std::int64_t> numbers_;   ///< int64 and boolean
};

}  // namespace fullbase::itemsets
