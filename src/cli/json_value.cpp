#include "cli/json_value.hpp"

#include <cmath>

#include "data/show_value.hpp"

namespace fullbase::cli {

nlohmann::ordered_json json_number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

nlohmann::ordered_json json_value(const data::Column& column, std::int64_t row) {
  if (column.is_missing(row)) return nullptr;
  const auto at = static_cast<std::size_t>(row);
  switch (column.field().type) {
    case data::Type::int64:
      return column.int64s()[at];
    case data::Type::boolean:
      return column.bools()[at] != 0;
    case data::Type::decimal:
    case data::Type::float64:
    case data::Type::float32:
      return json_number(column.number(row));
    default:
      return data::show_value(column, row, "");
  }
}

void print_json(const nlohmann::ordered_json& document, std::ostream& out) {
  out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

}  // namespace fullbase::cli
