#include "jobs/table_builder.hpp"

#include "base/contract.hpp"

namespace fullbase::jobs {

data::Schema TableBuilder::schema() const {
  data::Schema schema;
  for (const auto& part : parts_) schema.fields.push_back(part.field);
  return schema;
}

data::Batch TableBuilder::batch() const {
  data::Batch batch;
  for (const auto& part : parts_) {
    if (const auto* const texts = std::get_if<OptionalTexts>(&part.optional)) {
      batch.columns.emplace_back(part.field, texts->texts, texts->missing);
    } else if (const auto* const integers = std::get_if<OptionalIntegers>(&part.optional)) {
      batch.columns.emplace_back(part.field, integers->values, integers->missing);
    } else {
      batch.columns.emplace_back(part.field, part.values);
    }
  }
  if (!batch.columns.empty()) batch.rows.last = batch.columns.front().rows();
  for (const auto& column : batch.columns)
    FULLBASE_EXPECTS(column.rows() == batch.rows.size(), "the columns of a table are equally long");
  return batch;
}

}  // namespace fullbase::jobs
