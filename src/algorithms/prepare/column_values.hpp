// The columns of a batch as doubles, cut into canonical blocks, on their way through the transforms that are fitted already.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/prepare/transform.hpp"
#include "base/block.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"

namespace fullbase::prepare {

/// Rows [first, last) of a number column (counted from its own first) as doubles; NaN where missing. Decimals are rounded once.
void to_doubles(const data::Column& column, std::int64_t first, std::int64_t last, std::span<double> out);

/// Applies the first `count` transforms to values of rows from `first_row` of `source` on. Throws an input error that names the
/// row where log1p is undefined.
void apply_transforms(const FittedColumn& column, std::size_t count, std::span<double> values, std::int64_t first_row,
                      const data::BlockSource& source);

/// True for a column whose missing values leave their rows out.
bool drops_rows(const FittedColumn& column) noexcept;

/// Which rows of a batch are kept: 1 or 0 a row; empty if all are. `read` holds the batch's column positions.
std::vector<std::uint8_t> kept_rows(std::span<const FittedColumn> columns, const data::Batch& batch, std::span<const int> read,
                                    bool infinite_is_missing);

/// Calls work(rows) for each canonical block that a batch has rows of.
template <class F>
void for_blocks(base::RowRange rows, F work) {
  for (std::int64_t row = rows.first; row < rows.last;) {
    const std::int64_t end = std::min(rows.last, (base::block_of_row(row) + 1) * base::block_rows);
    work(base::RowRange{row, end});
    row = end;
  }
}

}  // namespace fullbase::prepare
