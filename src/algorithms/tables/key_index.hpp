// Which row of a table has a key.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/tables/key_words.hpp"
#include "data/column.hpp"

namespace fullbase::tables {

/// One of the columns that make a key, in the table that is looked up in and in the other.
struct KeyPair {
  data::Field field;
  data::Field other;
  data::DictionaryPointer other_dictionary = nullptr;
  std::int64_t categories = 0;  ///< of `field`
  std::int64_t width = 0;       ///< bytes of the longest text of `field`
};

/// Rows by key. Safe to use from several threads.
///
/// Memory for n rows and k key columns, with that of KeyWords: where keys are one column of numbers that lie close together, 4
/// bytes a number of their range (at most 8 n + 4096); else 8 k n bytes and a table of at most 16 n. While it is made 8 k n + n
/// more.
class KeyIndex {
 public:
  /// `keys`: the key columns, of equally many rows, fewer than 2^31; one pair a column.
  KeyIndex(std::vector<data::Column> keys, std::span<const KeyPair> pairs);

  /// Rows of the table, and what find() says where there is none.
  std::int32_t none() const noexcept { return rows_; }
  /// Whether two rows have one key.
  bool repeats() const noexcept { return repeats_; }

  /// The row that has each of these keys; none() where a key has no row, or a value of it is missing.
  std::vector<std::int32_t> find(std::span<const data::Column* const> keys) const;

  static std::int64_t bytes(std::int64_t rows, std::span<const KeyPair> pairs) noexcept;

 private:
  void build_direct(std::span<const std::uint8_t> missing);
  void build_table(std::span<const std::uint8_t> missing);
  std::int32_t look_up(std::span<const std::int64_t> words, std::size_t stride, std::size_t at) const noexcept;
  std::uint64_t hash(std::span<const std::int64_t> words, std::size_t stride, std::size_t at) const noexcept;

  std::int32_t rows_ = 0;
  bool repeats_ = false;
  std::vector<KeyWords> columns_;
  std::vector<std::int64_t> words_;  ///< column by column; for table_
  std::vector<std::int32_t> table_;  ///< hash -> row, none() is empty; a power of two long
  std::int64_t least_ = 0;           ///< numbers close together: direct_[word - least_]
  std::vector<std::int32_t> direct_;
  std::vector<std::int32_t> by_code_;  ///< one key of categories: their rows; none() for the missing code, which comes first
};

}  // namespace fullbase::tables
