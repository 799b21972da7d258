#include "data/numbers_source.hpp"

#include <utility>

namespace fullbase::data {

Schema numbers_schema(const Schema& schema) {
  Schema numbers = schema;
  for (auto& field : numbers.fields) {
    if (field.type != Type::decimal) continue;
    field.type = Type::float64;
    field.scale = 0;
  }
  return numbers;
}

Column as_numbers(const Column& decimals, Field field) {
  std::vector<double> values(static_cast<std::size_t>(decimals.rows()));
  for (std::int64_t i = 0; i < decimals.rows(); ++i) values[static_cast<std::size_t>(i)] = decimals.number(i);
  return {std::move(field), std::move(values)};
}

Batch NumbersSource::read(base::RowRange rows, std::span<const int> columns) const {
  Batch batch = source_.read(rows, columns);
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    if (batch[c].field().type == Type::decimal) batch[c] = as_numbers(batch[c], schema_[columns[c]]);
  }
  return batch;
}

}  // namespace fullbase::data
