// Keys of rows as words that compare as unsigned integers, and the order of rows by key.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.hpp"

namespace fullbase::comm {

/// The key of each row, from one or more columns, most significant first: integers, times and booleans by value, categories by
/// code, strings by bytes. A key of at most 64 bits (one integer; two dates or categories) is one word, longer ones are several,
/// with zeros beyond the end; word by word, keys compare as their columns do, and no key is the beginning of another.
/// Missing values have no place in the order: callers leave such rows out.
/// Memory: 8 bytes a row; for longer keys 8 more and the key's bytes (a string's + 2).
class SortKeys {
 public:
  /// Throws a job-file error for a float column, whose values are no keys.
  SortKeys(const data::Batch& rows, std::span<const int> columns);

  std::int64_t rows() const noexcept { return static_cast<std::int64_t>(first_.size()); }
  /// Words of the longest key here; at least 1.
  int words() const noexcept { return words_; }
  std::uint64_t word(std::int64_t row, int level) const noexcept {
    return level == 0 ? first_[static_cast<std::size_t>(row)] : later_word(row, level);
  }
  /// Negative, 0 or positive as key a is below, equal to or above key b.
  int compare(std::int64_t a, std::int64_t b) const noexcept;

 private:
  std::uint64_t later_word(std::int64_t row, int level) const noexcept;
  void encode(const data::Batch& rows, std::span<const int> columns);

  std::vector<std::uint64_t> first_;   ///< word 0 of each row
  std::vector<std::int64_t> offsets_;  ///< longer keys: rows() + 1 positions in bytes_
  std::vector<unsigned char> bytes_;
  int words_ = 1;
};

/// The rows whose keys have no missing value, ascending.
std::vector<std::int64_t> rows_with_keys(const data::Batch& rows, std::span<const int> columns);

/// `rows` by key; those of equal keys stay in the order in which they are given, which must be ascending. A radix sort over the
/// bits in which first words differ; longer keys then sort within equal first words. Memory while it runs: 16 bytes a row where
/// the key's range and the row number fit 64 bits together, else 32.
std::vector<std::int64_t> sorted_order(const SortKeys& keys, std::vector<std::int64_t> rows);

}  // namespace fullbase::comm
