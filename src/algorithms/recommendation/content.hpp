// Items by what is written about them: as a matrix of items x terms, and what customers like of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "algorithms/recommendation/ranked_rows.hpp"
#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "algorithms/texts/vocabulary.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"

namespace fullbase::recommendation {

/// The terms of a vocabulary as the columns of a matrix: term t is row t. Collective.
SideKeys term_keys(comm::Communicator& communicator, const texts::Vocabulary& vocabulary, data::Budget& budget);

struct ContentMatrix {
  Interactions matrix;  ///< rows of the side `customers` are items, those of `items` terms
  data::Reservation memory;
};

/// Collective. `vectors`: this rank's items by `items`, columns are terms. Sends each entry once, 12 bytes. Memory, from the
/// budget: 8 bytes an entry and a row of the terms' side, 8 an item and entry of the other; while it is made 32 bytes more an
/// entry.
ContentMatrix content_matrix(comm::Communicator& communicator, SparseRows vectors, const RowShares& items, std::int64_t terms,
                             data::Budget& budget);

struct Profiles {
  RankedRows lists;         ///< of this rank's customers; what is listed are terms
  std::int64_t served = 0;  ///< customers of all ranks who have a profile
  data::Reservation memory;
};

/// Collective. The profile of a customer: the sum over what they have of value times the item's vector, divided by its length;
/// of it the `top` greatest weights above 0. `purchases`: of this rank's customers, its columns rows of `item_keys`; `vectors`:
/// this rank's `items`, which are called `content_keys`; items without a vector count for nothing. Summed in double in the order
/// of items: the same bits on any ranks and threads. Sends what fetch_entries() does. Memory, from the budget: that, 8 bytes a
/// purchase and an item, 8 `top` a customer, and 9 bytes a term and thread.
Profiles customer_profiles(comm::Communicator& communicator, const SparseRows& purchases, const SideKeys& item_keys,
                           const SparseRows& vectors, const RowShares& items, const SideKeys& content_keys, std::int64_t terms,
                           std::int64_t top, data::Budget& budget);

/// A row an entry of a sparse matrix: whose it is, what it is of, <value> (float32).
data::Schema entries_schema(const data::Field& row, const data::Field& column, const std::string& value);

/// Collective. Writes the entries of all ranks' rows in order. `sink` has as many rows. Memory: 16 blocks a thread.
void write_entries(comm::Communicator& communicator, const SparseRows& rows, const RowShares& shares, const SideKeys& row_keys,
                   const SideKeys& column_keys, const data::Schema& schema, data::BlockSink& sink);

}  // namespace fullbase::recommendation
