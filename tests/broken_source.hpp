// A table of which some rows cannot be read.
#pragma once

#include <algorithm>
#include <span>
#include <string>

#include "base/error.hpp"
#include "data/block_source.hpp"

namespace fullbase::testing {

/// Reads of any of the rows `broken` fail wherever the column at position `column` is asked for.
class BrokenSource final : public data::BlockSource {
 public:
  BrokenSource(const data::BlockSource& source, base::RowRange broken, int column)
      : source_(source), broken_(broken), column_(column) {}

  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return source_.schema(); }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override { return source_.dictionary(column); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override {
    if (std::ranges::find(columns, column_) != columns.end() && !base::intersect(rows, broken_).empty())
      throw base::io_error("cannot read", name());
    return source_.read(rows, columns);
  }

 private:
  const data::BlockSource& source_;
  base::RowRange broken_;
  int column_;
};

}  // namespace fullbase::testing
