// Values of several columns as records of one size, a row each: how rows lie in a spill file that is read and written anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/column.hpp"

namespace fullbase::tables {

class RowRecords {
 public:
  /// `widths`: bytes of the longest text of each string column; 0 for other types.
  RowRecords(std::vector<data::Field> fields, const std::vector<std::int32_t>& widths);

  /// Bytes of a record: of each column its value and, for types that have a mask, 1; a string takes 4 and its width.
  std::int64_t bytes() const noexcept { return bytes_; }

  /// Row `row` of column `column` into a record.
  void put(std::size_t column, const data::Column& from, std::int64_t row, std::byte* record) const;
  /// Column `column` of records that follow each other.
  data::Column column(std::size_t column, std::span<const std::byte> records, const data::DictionaryPointer& dictionary) const;

 private:
  std::vector<data::Field> fields_;
  std::vector<std::int64_t> offsets_;
  std::int64_t bytes_ = 0;
};

}  // namespace fullbase::tables
