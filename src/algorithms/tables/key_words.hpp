// Values of one key column, in two tables, as words that are equal where the values are.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "data/column.hpp"

namespace fullbase::tables {

/// Whether values of these types can be equal: two texts (categories or strings), or two columns of one type, decimals of one
/// scale. Floats are no keys.
bool comparable(const data::Field& a, const data::Field& b) noexcept;

/// Made of the key column of the table that is looked up in: whole numbers, times, decimals and booleans are words as they are; a
/// text is the number of the first text that equals it. Safe to use from several threads.
///
/// Memory for n rows: the texts of a string column and at most 16 n bytes; 4 bytes a category of the other table; where that has
/// strings and this one categories, at most 16 bytes a category.
class KeyWords {
 public:
  /// `other`: the column's counterpart, of which the field and the dictionary are looked at.
  KeyWords(data::Column keys, const data::Field& other, const data::DictionaryPointer& other_dictionary);

  /// Words of the column that this was made of; `missing` (a byte a row) is set to 1 where a key is missing.
  void own(std::span<std::int64_t> words, std::span<std::uint8_t> missing) const;
  /// Words of values of the other column; `missing` is set where a key is missing, or a text that does not occur.
  void of(const data::Column& column, std::span<std::int64_t> words, std::span<std::uint8_t> missing) const;

  /// For an other column of categories: the word of each code, -1 where there is none; else empty.
  std::span<const std::int32_t> words_of_codes() const noexcept { return of_codes_; }
  /// Drops what only own() needs.
  void drop_own();

  /// Most bytes that this takes for `rows` rows of texts of `width` bytes at most.
  static std::int64_t bytes(const data::Field& field, std::int64_t rows, std::int64_t width, std::int64_t categories,
                            const data::Field& other, std::int64_t other_categories) noexcept;

 private:
  /// The texts that are numbered: those of keys_ or of its dictionary.
  const data::Strings& texts() const;
  std::int32_t find(std::string_view text) const;
  void index_texts();

  data::Column keys_;
  bool is_text_ = false;
  std::vector<std::int32_t> table_;  ///< hash -> number of a text, -1 is empty; a power of two long
  std::vector<std::int32_t> of_codes_;
};

}  // namespace fullbase::tables
