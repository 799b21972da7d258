// Which of the values that an encoding knows a row has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/column.hpp"

namespace fullbase::encode {

/// Whether a text is a value of a column of this type as prepare::ValueSlots writes it: "true", "12", any text.
bool is_value(std::string_view text, data::Type type) noexcept;

/// Looks values up in a list: boolean, int64, category and string columns. Safe to use from several threads.
/// Memory: 4 bytes a category; some 60 a known value of a string column, 40 of int64.
class KnownValues {
 public:
  static constexpr std::int32_t missing = -1;  ///< place of a missing value
  static constexpr std::int32_t unseen = -2;   ///< place of a value that is not in the list

  /// `values` are distinct, and kept by reference. `dictionary`: of the column, if it has categories.
  KnownValues(std::span<const std::string> values, data::Type type, const data::DictionaryPointer& dictionary);

  /// The place in the list of each row's value, or one of the above.
  std::vector<std::int32_t> places_of(const data::Column& column) const;

 private:
  data::Type type_;
  std::vector<std::int32_t> of_codes_;  ///< categories; booleans: false, true
  std::unordered_map<std::string_view, std::int32_t> of_texts_;
  std::unordered_map<std::int64_t, std::int32_t> of_integers_;
};

}  // namespace fullbase::encode
