#include "algorithms/compare/value_difference.hpp"

#include <bit>
#include <cmath>

#include "base/decimal.hpp"
#include "base/int128.hpp"

namespace fullbase::compare {
namespace {

/// Whether two values that are there have the same bits.
bool identical(const data::Column& column, std::int64_t a, std::int64_t b) {
  const auto i = static_cast<std::size_t>(a);
  const auto j = static_cast<std::size_t>(b);
  switch (column.field().type) {
    case data::Type::int64:
    case data::Type::decimal:
    case data::Type::timestamp:
      return column.int64s()[i] == column.int64s()[j];
    case data::Type::date:
    case data::Type::category:
      return column.int32s()[i] == column.int32s()[j];
    case data::Type::boolean:
      return column.bools()[i] == column.bools()[j];
    case data::Type::float64:
      return std::bit_cast<std::uint64_t>(column.float64s()[i]) == std::bit_cast<std::uint64_t>(column.float64s()[j]);
    case data::Type::float32:
      return std::bit_cast<std::uint32_t>(column.float32s()[i]) == std::bit_cast<std::uint32_t>(column.float32s()[j]);
    case data::Type::string:
      return column.text(a) == column.text(b);
  }
  return false;
}

}  // namespace

bool differs(const data::Column& column, std::int64_t a, std::int64_t b, double tolerance) {
  const bool missing = column.is_missing(a);
  if (missing || column.is_missing(b)) return missing != column.is_missing(b);
  if (identical(column, a, b)) return false;
  if (tolerance <= 0) return true;
  const auto apart = distance(column, a, b);
  return !apart || *apart > tolerance;
}

std::optional<double> distance(const data::Column& column, std::int64_t a, std::int64_t b) {
  if (column.is_missing(a) || column.is_missing(b)) return std::nullopt;
  const auto type = column.field().type;
  if (type == data::Type::int64 || type == data::Type::decimal) {
    const base::int128 change =
        static_cast<base::int128>(column.int64s()[static_cast<std::size_t>(b)]) - column.int64s()[static_cast<std::size_t>(a)];
    return base::decimal_to_double(change < 0 ? -change : change, column.field().scale);
  }
  if (type != data::Type::float64 && type != data::Type::float32) return std::nullopt;
  const double change = std::abs(column.number(b) - column.number(a));
  return std::isfinite(change) ? std::optional(change) : std::nullopt;
}

}  // namespace fullbase::compare
