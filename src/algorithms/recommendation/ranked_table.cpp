#include "algorithms/recommendation/ranked_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "algorithms/prepare/block_assembly.hpp"
#include "algorithms/prepare/block_ends.hpp"
#include "algorithms/recommendation/moving_entries.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/for_each.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

constexpr std::int64_t group_rows = 16 * base::block_rows;  ///< of the table, made at a time

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

std::vector<NumberedEntry> entries_of(const data::BlockSource& source, base::RowRange own, const RankedColumns& columns,
                                      const SideKeys& row_keys, const SideKeys& listed_keys) {
  std::vector<NumberedEntry> entries(static_cast<std::size_t>(own.size()));
  const std::vector<int> positions = {columns.row, columns.listed, columns.score};
  parallel::scan(source, own, positions, [&](data::Batch&& batch, int) {
    const auto rows = row_keys.rows_of(batch[0]);
    const auto listed = listed_keys.rows_of(batch[1]);
    for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const auto number = batch.rows.first + i;
      const auto score = static_cast<float>(batch[2].number(i));
      // NaN is no score, and its row not there.
      const bool there = listed[at] >= 0 && score == score;
      entries[static_cast<std::size_t>(number - own.first)] = {{there ? rows[at] : -1, listed[at], score}, number};
    }
  });
  std::erase_if(entries, [](const NumberedEntry& one) { return one.entry.row < 0; });
  return entries;
}

void refuse_repeated(const std::vector<NumberedEntry>& ordered, const data::BlockSource& source) {
  const NumberedEntry* first = nullptr;
  const NumberedEntry* earlier = nullptr;
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    const auto& one = ordered[i];
    const auto& before = ordered[i - 1];
    if (one.entry.row != before.entry.row || one.entry.column != before.entry.column) continue;
    if (first != nullptr && first->source_row < one.source_row) continue;
    first = &one;
    earlier = &before;
  }
  if (first == nullptr) return;
  throw base::input_error(fmt::format("what row {} lists stood in row {} already", source.source_row(first->source_row),
                                      source.source_row(earlier->source_row)),
                          source.name(), "a list has everything once: make the table with job: neighbours or content");
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
                  const SideKeys& listed_keys, const RankedTable& table, data::BlockSink& sink,
                  const std::function<std::vector<data::Column>(std::int64_t first, std::int64_t last)>& more) {
  const auto before = communicator.exclusive_sum(lists.entries());
  const auto total = total_entries(communicator, lists);
  const auto first_row = shares.rows_of(communicator.rank()).first;
  const auto schema = table.schema();
  const base::RowRange own = {before, before + lists.entries()};
  prepare::BlockAssembly assembly(sink, total);
  const auto whole_batch = [&](base::RowRange rows) {
    auto batch = batch_of(lists, first_row, rows.first - before, rows.last - before, row_keys, listed_keys, schema);
    batch.rows = rows;
    if (more) {
      for (auto& column : more(rows.first - before, rows.last - before)) batch.columns.push_back(std::move(column));
    }
    return batch;
  };
  data::Batch none;
  comm::collective_try(communicator, "write lists", [&] {
    none = whole_batch({before, before});
    const auto groups = own.empty() ? 0 : (own.last - 1) / group_rows + 1;
    parallel::for_each(own.first / group_rows, groups, [&](std::int64_t group, int) {
      const auto rows = base::intersect(own, {group * group_rows, (group + 1) * group_rows});
      if (!rows.empty()) assembly.add(whole_batch(rows));
    });
  });
  prepare::write_ends(communicator, assembly.take_waiting(), none, total, sink);
}

RankedRead read_ranked(comm::Communicator& communicator, const data::BlockSource& source, const RankedColumns& columns,
                       const SideKeys& row_keys, const RowShares& shares, const SideKeys& listed_keys, data::Budget& budget) {
  constexpr std::int64_t making_bytes = 56;
  const auto own_rows = comm::own_rows(communicator, source.rows());
  data::Reservation reading;
  std::vector<NumberedEntry> entries;
  comm::collective_try(communicator, "read lists", [&] {
    reading = budget.require(making_bytes * own_rows.size(), "the lists of a table");
    entries = entries_of(source, own_rows, columns, row_keys, listed_keys);
  });
  entries = send_to_owners(communicator, std::move(entries), shares);
  RankedRead read;
  comm::collective_try(communicator, "read lists", [&] {
    reading = {};
    reading = budget.require(making_bytes * std::ssize(entries), "the lists of a table");
    auto& lists = read.lists;
    const auto own = shares.rows_of(communicator.rank());
    read.memory = budget.require(8 * std::ssize(entries) + 8 * own.size(), "lists");
    auto ordered = in_order(entries, own, lists.starts);
    entries = {};
    refuse_repeated(ordered, source);
    for (std::int64_t row = 0; row < lists.rows(); ++row) {
      std::stable_sort(ordered.begin() + lists.starts[static_cast<std::size_t>(row)],
                       ordered.begin() + lists.starts[static_cast<std::size_t>(row) + 1],
                       [](const NumberedEntry& a, const NumberedEntry& b) { return a.entry.value > b.entry.value; });
    }
    lists.ids.reserve(ordered.size());
    lists.scores.reserve(ordered.size());
    for (const auto& [entry, number] : ordered) {
      lists.ids.push_back(entry.column);
      lists.scores.push_back(entry.value);
    }
  });
  return read;
}

}  // namespace fullbase::recommendation
