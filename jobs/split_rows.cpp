#include "jobs/split_rows.hpp"

#include <memory>
#include <utility>

#include "comm/own_rows.hpp"

namespace fullbase::jobs {

SplitRows::SplitRows(const comm::Communicator& communicator, const data::BlockSource& input, data::Field added,
                     std::span<const std::int32_t> parts)
    : input_(input), parts_(parts), first_row_(comm::own_rows(communicator, input.rows()).first), schema_(input.schema()) {
  if (added.type == data::Type::category) {
    data::Strings names;
    names.push_back("test");
    names.push_back("train");
    names_ = std::make_shared<const data::Dictionary>(std::move(names));
  }
  schema_.fields.push_back(std::move(added));
}

data::Batch SplitRows::read(base::RowRange rows, std::span<const int> columns) const {
  std::vector<int> of_input;
  for (const int column : columns) {
    if (!is_added(column)) of_input.push_back(column);
  }
  data::Batch read;
  if (!of_input.empty()) read = input_.read(rows, of_input);
  data::Batch batch{.rows = rows, .columns = {}};
  std::size_t next = 0;
  for (const int column : columns) {
    if (!is_added(column)) {
      batch.columns.push_back(std::move(read.columns[next++]));
      continue;
    }
    const auto parts = parts_.subspan(static_cast<std::size_t>(rows.first - first_row_), static_cast<std::size_t>(rows.size()));
    if (names_) {
      batch.columns.emplace_back(schema_[column], std::vector<std::int32_t>(parts.begin(), parts.end()),
                                 std::vector<std::uint8_t>(), names_);
    } else {
      batch.columns.emplace_back(schema_[column], std::vector<std::int64_t>(parts.begin(), parts.end()));
    }
  }
  return batch;
}

}  // namespace fullbase::jobs
