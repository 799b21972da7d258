#include "data/missing_column.hpp"

#include <algorithm>

namespace fullbase::data {

Column missing_column(const Field& field, std::int64_t rows, const DictionaryPointer& dictionary) {
  Column column(field, rows, dictionary);
  switch (field.type) {
    case Type::string:
      for (std::int64_t row = 0; row < rows; ++row) column.strings().push_back({});
      break;
    case Type::decimal:
    case Type::timestamp:
      std::ranges::fill(column.int64s(), missing_int64);
      break;
    case Type::category:
      std::ranges::fill(column.int32s(), missing_code);
      break;
    case Type::date:
      std::ranges::fill(column.int32s(), missing_date);
      break;
    case Type::float64:
      std::ranges::fill(column.float64s(), missing_float64);
      break;
    case Type::float32:
      std::ranges::fill(column.float32s(), missing_float32);
      break;
    case Type::int64:
    case Type::boolean:
      break;
  }
  if (has_mask(field.type)) column.mask().assign(static_cast<std::size_t>(rows), 1);
  return column;
}

}  // namespace fullbase::data
