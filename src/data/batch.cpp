#include "data/batch.hpp"

#include "base/contract.hpp"

namespace fullbase::data {

const Column& Batch::at(std::string_view name) const {
  for (const Column& column : columns) {
    if (column.field().name == name) return column;
  }
  throw base::internal_error("a batch is asked for a column that it does not have", std::string(name));
}

std::int64_t Batch::bytes() const noexcept {
  std::int64_t sum = 0;
  for (const Column& column : columns) sum += column.bytes();
  return sum;
}

Batch empty_batch(const Schema& schema, const std::vector<DictionaryPointer>& dictionaries, std::int64_t first_row) {
  Batch batch{.rows = {first_row, first_row}, .columns = {}};
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    batch.columns.emplace_back(schema.fields[i], 0, i < dictionaries.size() ? dictionaries[i] : nullptr);
  }
  return batch;
}

}  // namespace fullbase::data
