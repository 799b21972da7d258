// A table with a row an entry of a sparse matrix: whose it is, what it is of, how much. At the ranks that have its rows.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/recommendation/moving_entries.hpp"
#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Columns by position; the value is any number.
struct EntryColumns {
  int row = 0;
  int column = 1;
  int value = 2;
};

/// By row, each row's by column: row r of this rank has [starts[r], starts[r + 1]).
struct TableEntries {
  std::vector<NumberedEntry> entries;
  std::vector<std::int64_t> starts;
  data::Reservation memory;
};

/// Collective. Entries whose row and column are known, at the ranks that have the rows by `shares`; what keys do not know, or is
/// missing, is left out. Values are rounded once to float32. Throws an input error for a pair that stood in an earlier row (the
/// lowest such row of the lowest rank). Sends each row at most once: 24 bytes. Memory, from the budget: 56 bytes for each row of
/// the table that this rank reads, then for each that arrives; and what comm::RowExchange packs.
TableEntries read_table_entries(comm::Communicator& communicator, const data::BlockSource& source, const EntryColumns& columns,
                                const SideKeys& row_keys, const RowShares& shares, const SideKeys& column_keys,
                                data::Budget& budget);

struct SparseRead {
  SparseRows rows;
  data::Reservation memory;
};

/// Collective. The same as rows of a matrix. Memory, from the budget: 8 bytes an entry and a row; read_table_entries() before.
SparseRead read_sparse_rows(comm::Communicator& communicator, const data::BlockSource& source, const EntryColumns& columns,
                            const SideKeys& row_keys, const RowShares& shares, const SideKeys& column_keys, data::Budget& budget);

}  // namespace fullbase::recommendation
