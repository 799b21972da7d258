#include "algorithms/recommendation/ranked_table.hpp"

#include <algorithm>
#include <utility>

#include "algorithms/prepare/write_rows.hpp"
#include "algorithms/recommendation/table_entries.hpp"
#include "comm/agreement.hpp"

namespace fullbase::recommendation {
namespace {

data::Column keys_as(const data::Field& field, const SideKeys& keys, std::span<const std::int32_t> rows) {
  auto column = keys.keys(rows);
  return {field, std::move(column.values())};
}

/// Entries [first, last) of this rank as rows of the table.
data::Batch batch_of(const RankedRows& lists, std::int64_t first_row, std::int64_t first, std::int64_t last,
                     const SideKeys& row_keys, const SideKeys& listed_keys, const data::Schema& schema) {
  const auto entries = static_cast<std::size_t>(last - first);
  std::vector<std::int32_t> rows;
  std::vector<std::int64_t> ranks;
  rows.reserve(entries);
  ranks.reserve(entries);
  auto row = std::upper_bound(lists.starts.begin(), lists.starts.end(), first) - lists.starts.begin() - 1;
  for (auto entry = first; entry < last; ++entry) {
    while (lists.starts[static_cast<std::size_t>(row) + 1] <= entry) ++row;
    rows.push_back(static_cast<std::int32_t>(first_row + row));
    ranks.push_back(entry - lists.starts[static_cast<std::size_t>(row)] + 1);
  }
  data::Batch batch;
  batch.columns.push_back(keys_as(schema[0], row_keys, rows));
  batch.columns.emplace_back(schema[1], std::move(ranks));
  batch.columns.push_back(
      keys_as(schema[2], listed_keys, std::span(lists.ids).subspan(static_cast<std::size_t>(first), entries)));
  const auto* const scores = lists.scores.data() + first;
  batch.columns.emplace_back(schema[3], std::vector<float>(scores, scores + entries));
  return batch;
}

}  // namespace

data::Schema RankedTable::schema() const {
  data::Schema schema;
  schema.fields = {row, {.name = "rank", .type = data::Type::int64}, listed, {.name = score, .type = data::Type::float32}};
  schema.fields.insert(schema.fields.end(), more.begin(), more.end());
  return schema;
}

std::int64_t total_entries(comm::Communicator& communicator, const RankedRows& lists) {
  return communicator.sum_value(lists.entries());
}

void write_ranked(comm::Communicator& communicator, const RankedRows& lists, const RowShares& shares, const SideKeys& row_keys,
                  const SideKeys& listed_keys, const RankedTable& table, data::BlockSink& sink, const MoreColumns& more) {
  write_ranked(communicator, lists, shares.rows_of(communicator.rank()).first, row_keys, listed_keys, table, sink, more);
}

void write_ranked(comm::Communicator& communicator, const RankedRows& lists, std::int64_t first_row, const SideKeys& row_keys,
                  const SideKeys& listed_keys, const RankedTable& table, data::BlockSink& sink, const MoreColumns& more) {
  const auto schema = table.schema();
  prepare::write_rows(
      communicator, lists.entries(),
      [&](std::int64_t first, std::int64_t last) {
        auto batch = batch_of(lists, first_row, first, last, row_keys, listed_keys, schema);
        if (more) {
          for (auto& column : more(first, last)) batch.columns.push_back(std::move(column));
        }
        return batch;
      },
      sink);
}

RankedRead read_ranked(comm::Communicator& communicator, const data::BlockSource& source, const RankedColumns& columns,
                       const SideKeys& row_keys, const RowShares& shares, const SideKeys& listed_keys, data::Budget& budget) {
  auto table = read_table_entries(communicator, source, {columns.row, columns.listed, columns.score}, row_keys, shares,
                                  listed_keys, budget);
  return comm::collective_try(communicator, "read lists", [&] {
    RankedRead read;
    auto& lists = read.lists;
    lists.starts = std::move(table.starts);
    read.memory = budget.require(8 * lists.entries() + 8 * lists.rows(), "lists");
    for (std::int64_t row = 0; row < lists.rows(); ++row) {
      std::stable_sort(table.entries.begin() + lists.starts[static_cast<std::size_t>(row)],
                       table.entries.begin() + lists.starts[static_cast<std::size_t>(row) + 1],
                       [](const NumberedEntry& a, const NumberedEntry& b) { return a.entry.value > b.entry.value; });
    }
    lists.ids.reserve(table.entries.size());
    lists.scores.reserve(table.entries.size());
    for (const auto& [entry, number] : table.entries) {
      lists.ids.push_back(entry.column);
      lists.scores.push_back(entry.value);
    }
    return read;
  });
}

}  // namespace fullbase::recommendation
