// A sparse matrix of customers x items from a table of pairs.
#pragma once

#include <cstdint>

#include "algorithms/prepare/key_slots.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Positions of columns of a table with a row a pair.
struct InteractionColumns {
  int customer = 0;
  int item = 1;
  int value = 2;  ///< int64, decimal, float64 or float32
};

struct InteractionsRead {
  Interactions matrix;
  std::int64_t missing = 0;  ///< rows of all ranks without a customer, an item or a value: left out
  data::Reservation memory;  ///< of the matrix
};

/// Customers and items are slots of `customers` and `items`; a slot without entries is an empty row. Values are rounded once to
/// float32. Throws an input error that names the row for an infinite value or one beyond float32, and for a pair that stood in an
/// earlier row (the lowest such row of the lowest rank). Collective. Each entry is sent at most twice: 24 bytes with its row
/// number to the owner of its customer, 12 to that of its item. Memory, from the budget: 8 bytes an entry of either side and 8 a
/// row of it; while it is made up to 56 bytes more an entry, and what comm::RowExchange packs.
InteractionsRead read_interactions(comm::Communicator& communicator, const data::BlockSource& source,
                                   const InteractionColumns& columns, const prepare::KeySlots& customers,
                                   const prepare::KeySlots& items, data::Budget& budget);

}  // namespace fullbase::recommendation
