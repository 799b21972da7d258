#include "jobs/labelled_rows.hpp"

#include <utility>

#include "algorithms/prepare/kept_rows.hpp"

namespace fullbase::jobs {

LabelledRows::LabelledRows(const data::BlockSource& input, int key, const prepare::FeatureMatrix& features,
                           std::span<const std::int32_t> labels)
    : input_(input), key_(key), features_(features), labels_(labels) {
  schema_.fields = {input.schema()[key], {.name = "segment", .type = data::Type::int64}};
  schema_.key = input.schema()[key].name;
}

data::Batch LabelledRows::read(base::RowRange rows, std::span<const int> columns) const {
  const auto at = static_cast<std::size_t>(rows.first - features_.matrix->local_rows().first);
  const auto count = static_cast<std::size_t>(rows.size());
  data::Batch batch{.rows = rows, .columns = {}};
  for (const int column : columns) {
    if (column == 0) {
      const auto& all = features_.source_rows;
      const auto kept = all.empty() ? std::span<const std::int64_t>() : std::span(all).subspan(at, count);
      batch.columns.push_back(prepare::kept_values(input_, key_, rows, kept));
    } else {
      const auto labels = labels_.subspan(at, count);
      batch.columns.emplace_back(schema_[column], std::vector<std::int64_t>(labels.begin(), labels.end()));
    }
  }
  return batch;
}

}  // namespace fullbase::jobs
