// Some rows of a batch: what a filter leaves.
#pragma once

#include <cstdint>
#include <span>

#include "data/batch.hpp"
#include "data/expression.hpp"

namespace fullbase::data {

/// Rows `rows` (from 0, in any order) of a column.
Column take_rows(const Column& column, std::span<const std::int32_t> rows);

/// Rows `rows` of all columns, as rows [first_row, first_row + rows.size()).
Batch take_rows(const Batch& batch, std::span<const std::int32_t> rows, std::int64_t first_row = 0);

/// The rows in which a condition is true, in order, for those who need no row numbers: the result is numbered from the batch's
/// first row on. `read` as in BoundExpression::select(). A batch of which all rows are kept is handed through.
Batch filtered(Batch&& batch, std::span<const int> read, const BoundExpression& condition);

}  // namespace fullbase::data
