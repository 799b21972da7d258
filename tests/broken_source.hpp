// A table of which some rows cannot be read.
#pragma once

#include <algorithm>
#include <atomic>
#include <optional>
#include <span>
#include <string>

#include "base/error.hpp"
#include "data/block_source.hpp"

namespace fullbase::testing {

/// Reads of any of the rows `broken` succeed `good_reads` times, then fail; where `column` is given, only those that ask for the
/// column at this position count.
class BrokenSource final : public data::BlockSource {
 public:
  BrokenSource(const data::BlockSource& source, base::RowRange broken, std::optional<int> column = {}, int good_reads = 0)
      : source_(source), broken_(broken), column_(column), left_(good_reads) {}

  const std::string& name() const noexcept override { return source_.name(); }
  const data::Schema& schema() const noexcept override { return source_.schema(); }
  std::int64_t rows() const noexcept override { return source_.rows(); }
  data::DictionaryPointer dictionary(int column) const override { return source_.dictionary(column); }
  data::Batch read(base::RowRange rows, std::span<const int> columns) const override {
    const bool counts = !column_ || std::ranges::find(columns, *column_) != columns.end();
    if (counts && !base::intersect(rows, broken_).empty() && left_.fetch_sub(1) <= 0) throw base::io_error("cannot read", name());
    return source_.read(rows, columns);
  }

 private:
  const data::BlockSource& source_;
  base::RowRange broken_;
  std::optional<int> column_;
  mutable std::atomic<int> left_;
};

}  // namespace fullbase::testing
