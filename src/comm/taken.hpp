// Rows of a column in another order.
#pragma once

#include <cstdint>
#include <span>

#include "data/column.hpp"

namespace fullbase::comm {

/// Row i of the result is row order[i] of `column`; order may repeat rows and leave rows out. Not collective; the rank's threads
/// share the work. Memory: the result.
data::Column taken(const data::Column& column, std::span<const std::int64_t> order);

}  // namespace fullbase::comm
