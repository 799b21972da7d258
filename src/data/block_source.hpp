// Where rows come from: a table in a store, an earlier step, a foreign HDF5 file, memory.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "base/block.hpp"
#include "data/batch.hpp"
#include "data/schema.hpp"

namespace fullbase::data {

/// A table that is known to every rank and read by each for itself. Not collective: no member communicates.
class BlockSource {
 public:
  virtual ~BlockSource() = default;

  /// Name for messages: "online_retail.h5:/rfm", "transactions".
  virtual const std::string& name() const noexcept = 0;
  virtual const Schema& schema() const noexcept = 0;
  /// Rows of the whole table.
  virtual std::int64_t rows() const noexcept = 0;
  /// Categories of column `column`, the same on every rank; null if it is no category column.
  virtual DictionaryPointer dictionary(int column) const = 0;

  /// Rows [rows.first, rows.last) of the columns at positions `columns`, in that order. Any row range is allowed; whole blocks
  /// are cheapest. Safe to call from several threads of a rank at once. Throws io and input errors with table, column and block.
  virtual Batch read(base::RowRange rows, std::span<const int> columns) const = 0;

  /// The numbers by which the user knows these rows: their own, or, where rows were filtered, those of the table that they come
  /// from, ascending. For messages and results that name rows.
  virtual std::vector<std::int64_t> source_rows(base::RowRange rows) const {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(rows.size()));
    std::iota(numbers.begin(), numbers.end(), rows.first);
    return numbers;
  }
  std::int64_t source_row(std::int64_t row) const { return source_rows({row, row + 1}).front(); }

  /// Bytes that read() took from storage so far, for the manifest.
  virtual std::int64_t bytes_read() const noexcept { return 0; }

 protected:
  BlockSource() = default;
  BlockSource(const BlockSource&) = default;
  BlockSource& operator=(const BlockSource&) = default;
};

}  // namespace fullbase::data
