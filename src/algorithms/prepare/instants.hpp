// The times of rows as UTC microseconds, whichever type they were written with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "data/column.hpp"

namespace fullbase::prepare {

/// One time a row of a timestamp column, or the midnight of a date in `zone` (where clocks skip midnight, the day begins an hour
/// later); data::missing_int64 where missing. Dates too far away for a timestamp count as the end of time; those too early throw
/// an input error with `where(row)`, if `taking_part` (1 or 0 a row) of them is 1. The result lies in the column or in `buffer`.
std::span<const std::int64_t> instants(const data::Column& column, const base::TimeZone& zone,
                                       std::span<const std::uint8_t> taking_part,
                                       const std::function<std::string(std::size_t row)>& where,
                                       std::vector<std::int64_t>& buffer);

}  // namespace fullbase::prepare
