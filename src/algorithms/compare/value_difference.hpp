// Whether two values of a column differ, and by how much.
#pragma once

#include <cstdint>
#include <optional>

#include "data/column.hpp"

namespace fullbase::compare {

/// Whether the values of rows a and b are not the same. Missing is the same as missing, floats are compared bit by bit. Numbers
/// that are at most `tolerance` apart are the same.
bool differs(const data::Column& column, std::int64_t a, std::int64_t b, double tolerance);

/// |b - a| of two numbers, rounded once for whole numbers and decimals; nothing for other types, and where a value is missing or
/// infinite.
std::optional<double> distance(const data::Column& column, std::int64_t a, std::int64_t b);

}  // namespace fullbase::compare
