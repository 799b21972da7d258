// The rows of a sparse matrix, on whatever ranks they lie, that a rank's own rows name as their columns.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "comm/row_exchange.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// A matrix whose rows are those of a side that `wanted` names, in ascending order; and where each row of the side lies in it.
struct NeededEntries {
  SparseRows rows;
  std::vector<std::int32_t> place_of_row;  ///< of the side; -1 where it is not needed
  data::Reservation memory;
};

/// Collective. `wanted`: this rank's rows, whose columns are rows of `side`; `own`: the rows of the side that this rank has, by
/// its RowShares. Of rows of other ranks 4 bytes are sent to ask for each (request_rows()), 4 a row for its length and 8 an
/// entry, once to each rank that needs it: entries in rounds, for which no rank packs more than `round_bytes`, and at least one
/// entry a rank. Memory, from the budget: 8 bytes an entry and a row that is needed, 4 a row of the side; besides, what
/// request_rows() holds and a round packs.
NeededEntries fetch_entries(comm::Communicator& communicator, const SparseRows& wanted, const SparseRows& own,
                            const RowShares& side, data::Budget& budget, std::int64_t round_bytes = comm::usual_round_bytes);

/// The same of rows of the side, named in any order, any number of times.
NeededEntries fetch_entries(comm::Communicator& communicator, std::span<const std::int32_t> wanted, const SparseRows& own,
                            const RowShares& side, data::Budget& budget, std::int64_t round_bytes = comm::usual_round_bytes);

}  // namespace fullbase::recommendation
