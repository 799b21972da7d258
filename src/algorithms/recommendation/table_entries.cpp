#include "algorithms/recommendation/table_entries.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/block.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::recommendation {
namespace {

std::vector<NumberedEntry> entries_of(const data::BlockSource& source, base::RowRange own, const EntryColumns& columns,
                                      const SideKeys& row_keys, const SideKeys& column_keys) {
  std::vector<NumberedEntry> entries(static_cast<std::size_t>(own.size()));
  const std::vector<int> positions = {columns.row, columns.column, columns.value};
  parallel::scan(source, own, positions, [&](data::Batch&& batch, int) {
    const auto rows = row_keys.rows_of(batch[0]);
    const auto of = column_keys.rows_of(batch[1]);
    for (std::int64_t i = 0; i < batch.rows.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const auto number = batch.rows.first + i;
      const auto value = static_cast<float>(batch[2].number(i));
      // NaN is missing.
      const bool there = of[at] >= 0 && value == value;
      entries[static_cast<std::size_t>(number - own.first)] = {{there ? rows[at] : -1, of[at], value}, number};
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
  throw base::input_error(fmt::format("the pair of row {} stood in row {} already", source.source_row(first->source_row),
                                      source.source_row(earlier->source_row)),
                          source.name(), "leave one of them out with `where`");
}

}  // namespace

TableEntries read_table_entries(comm::Communicator& communicator, const data::BlockSource& source, const EntryColumns& columns,
                                const SideKeys& row_keys, const RowShares& shares, const SideKeys& column_keys,
                                data::Budget& budget) {
  constexpr std::int64_t making_bytes = 56;
  const auto own_rows = comm::own_rows(communicator, source.rows());
  TableEntries result;
  std::vector<NumberedEntry> entries;
  comm::collective_try(communicator, "read entries", [&] {
    result.memory = budget.require(making_bytes * own_rows.size(), "the entries of a table");
    entries = entries_of(source, own_rows, columns, row_keys, column_keys);
  });
  entries = send_to_owners(communicator, std::move(entries), shares);
  comm::collective_try(communicator, "read entries", [&] {
    result.memory = {};
    result.memory = budget.require(making_bytes * std::ssize(entries), "the entries of a table");
    result.entries = in_order(entries, shares.rows_of(communicator.rank()), result.starts);
    refuse_repeated(result.entries, source);
  });
  return result;
}

SparseRead read_sparse_rows(comm::Communicator& communicator, const data::BlockSource& source, const EntryColumns& columns,
                            const SideKeys& row_keys, const RowShares& shares, const SideKeys& column_keys,
                            data::Budget& budget) {
  auto table = read_table_entries(communicator, source, columns, row_keys, shares, column_keys, budget);
  return comm::collective_try(communicator, "read entries", [&] {
    SparseRead read;
    read.memory = budget.require(8 * std::ssize(table.entries) + 8 * std::ssize(table.starts), "the entries of a table");
    read.rows = rows_of(table.entries, std::move(table.starts));
    return read;
  });
}

}  // namespace fullbase::recommendation
