// When the entries of a matrix came about.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/recommendation/read_interactions.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

struct EntryTimes {
  std::vector<std::int64_t> times;  ///< by entry of Interactions::of_customers
  data::Reservation memory;
};

/// Collective. `read`: what read_interactions() made of the same table and columns. `time`: position of a column of timestamps
/// (microseconds), dates (days) or whole numbers; only their order is of meaning. Throws an input error that names the row for an
/// entry without a time. Sends each entry at most once, 24 bytes, to the owner of its customer. Memory, from the budget: 8 bytes
/// an entry; while it is read 48 more, and what comm::RowExchange packs.
EntryTimes read_times(comm::Communicator& communicator, const data::BlockSource& source, const InteractionColumns& columns,
                      int time, const InteractionsRead& read, data::Budget& budget);

}  // namespace fullbase::recommendation
