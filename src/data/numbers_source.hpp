// A table as an output shows it: decimals as float64, everything else as it is.
#pragma once

#include <string>
#include <vector>

#include "data/block_source.hpp"

namespace fullbase::data {

/// The schema with float64 in place of every decimal.
Schema numbers_schema(const Schema& schema);

/// A decimal column as one of float64: each value divided by its scale and rounded once, a missing one NaN.
Column as_numbers(const Column& decimals, Field field);

/// The rows of `source`, each decimal divided by its scale and rounded once, a missing one NaN. Keeps the source by reference.
class NumbersSource final : public BlockSource {
 public:
  explicit NumbersSource(const BlockSource& source) : source_(source), schema_(numbers_schema(source.schema())) {}

  const std::string& name() const noexcept override { return source_.name(); }
  const Schema& schema() const noexcept override { return schema_; }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  DictionaryPointer dictionary(int column) const override { return source_.dictionary(column); }
  Batch read(base::RowRange rows, std::span<const int> columns) const override;
  std::vector<std::int64_t> source_rows(base::RowRange rows) const override { return source_.source_rows(rows); }
  std::int64_t bytes_read() const noexcept override { return source_.bytes_read(); }

 private:
  const BlockSource& source_;
  Schema schema_;
};

}  // namespace fullbase::data
