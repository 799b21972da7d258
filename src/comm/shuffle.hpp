// Shuffle by key: from rows wherever they are to the table in canonical order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/row_exchange.hpp"
#include "data/batch.hpp"

namespace fullbase::comm {

struct ShuffleOptions {
  /// Positions of the columns that order the rows, most significant first: at least one. Not float32 or float64.
  std::vector<int> keys;
  /// 0: rank borders fall on block borders. g > 0: a group, the rows that agree in the first g keys, stays on one rank, the one
  /// that owns the group's first row by blocks; rank borders fall between groups.
  int whole_groups = 0;
  std::int64_t round_bytes = usual_round_bytes;  ///< see RowExchange
};

struct Shuffled {
  data::Batch batch;          ///< this rank's rows of the shuffled table; batch.rows are their global numbers
  std::int64_t rows = 0;      ///< of the whole table
  std::int64_t left_out = 0;  ///< rows of all ranks with a missing value in a key column
};

/// The rows of all ranks, ordered by (keys, source row): integers, times and booleans by value, categories by code, strings by
/// bytes. Ranks hold the source rows in rank order, each its own in ascending order. Rows with a missing key form no group: they
/// are left out and counted. The result is the same table whatever the ranks; which part of it a rank gets is
/// Partition(rows, size()) or, with whole_groups, the groups that begin there.
///
/// Method: every rank sorts its own rows, exact cuts are found by bisection (cut_positions), every row moves at most once, column
/// by column, and is merged in. One key with most of the rows costs no more than others, except that whole_groups has to bring it
/// to one rank.
///
/// Collective; fields and dictionaries are equal on all ranks. Sends the bytes of rows that change rank, once (see RowExchange),
/// and the reductions of cut_positions(). Memory on a rank, n its rows before or after: the input, whose columns go as
/// they are sent, the key columns and the largest column twice more, 32 to 48 n bytes for keys and order
/// (plus longer keys' bytes, see SortKeys), round_bytes for packing. Nothing is spilled and no data::Budget is asked: a caller
/// reserves this, or shuffles in passes over parts of the keys (prepare::require_unique does).
Shuffled shuffle(Communicator& communicator, data::Batch batch, const ShuffleOptions& options);

/// Positions at which groups of equal `keys` begin in ordered rows, and the number of rows last: group g is [g, g + 1). Not
/// collective.
std::vector<std::int64_t> group_starts(const data::Batch& rows, std::span<const int> keys);

}  // namespace fullbase::comm
