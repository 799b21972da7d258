#include "data/show_value.hpp"

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace fullbase::data {

std::string show_value(const Column& column, std::int64_t row, const std::string& missing, int digits) {
  if (column.is_missing(row)) return missing;
  const auto at = static_cast<std::size_t>(row);
  switch (column.field().type) {
    case Type::int64:
      return std::to_string(column.int64s()[at]);
    case Type::decimal:
      return base::format_decimal(column.int64s()[at], column.field().scale);
    case Type::timestamp:
      return base::format_timestamp(column.int64s()[at]);
    case Type::date:
      return base::format_date(column.int32s()[at]);
    case Type::boolean:
      return column.bools()[at] != 0 ? "true" : "false";
    case Type::float64:
      return digits > 0 ? fmt::format("{:.{}g}", column.float64s()[at], digits) : fmt::format("{}", column.float64s()[at]);
    case Type::float32:
      return digits > 0 ? fmt::format("{:.{}g}", column.float32s()[at], digits) : fmt::format("{}", column.float32s()[at]);
    case Type::category:
    case Type::string:
      return std::string(column.text(row));
  }
  throw base::internal_error("a column of no known type");
}

}  // namespace fullbase::data
