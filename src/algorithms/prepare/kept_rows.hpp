// Values of the rows that a matrix was made of: keys, labels, whatever stands beside the numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/block.hpp"
#include "data/block_source.hpp"

namespace fullbase::prepare {

/// Column `column` of the source's rows `source_rows` (ascending), or of the rows `rows` if `source_rows` is empty. Not
/// collective. Memory: the result, and one piece of 64 blocks beside it.
data::Column kept_values(const data::BlockSource& source, int column, base::RowRange rows,
                         std::span<const std::int64_t> source_rows);

/// The numbers of the same rows, as the source's source_rows() has them. Not collective. Memory: the result, and a piece of it.
std::vector<std::int64_t> kept_row_numbers(const data::BlockSource& source, base::RowRange rows,
                                           std::span<const std::int64_t> source_rows);

}  // namespace fullbase::prepare
