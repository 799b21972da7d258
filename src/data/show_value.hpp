// One value of a column as people read it.
#pragma once

#include <cstdint>
#include <string>

#include "data/column.hpp"

namespace fullbase::data {

/// "12", "3.50", "2011-12-09T12:50:00Z", "true", a text as it is; `missing` where there is none. Floats have the fewest digits
/// that read back as the same number, or at most `digits` significant ones.
std::string show_value(const Column& column, std::int64_t row, const std::string& missing, int digits = 0);

}  // namespace fullbase::data
