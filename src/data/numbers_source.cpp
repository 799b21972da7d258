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

Batch NumbersSource::read(base::RowRange rows, std::span<const int> columns) const {
  Batch batch = source_.read(rows, columns);
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    const Column& column = batch.columns[c];
    if (column.field().type != Type::decimal) continue;
    std::vector<double> values(static_cast<std::size_t>(column.rows()));
    for (std::int64_t i = 0; i < column.rows(); ++i) values[static_cast<std::size_t>(i)] = column.number(i);
    batch.columns[c] = Column(schema_[columns[c]], std::move(values));
  }
  return batch;
}

}  // namespace fullbase::data
