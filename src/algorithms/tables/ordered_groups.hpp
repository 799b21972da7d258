// The rows of an aggregate in their order, over all ranks.
#pragma once

#include "algorithms/tables/aggregate.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/schema.hpp"

namespace fullbase::tables {

/// Collective. All rows of the result in order, each rank its run of them (base::Partition's rows); `schema` is its schema.
/// Memory: the rank's rows three times. Sends rows that change rank once.
data::Batch ordered_groups(comm::Communicator& communicator, const Aggregate& aggregate, const data::Schema& schema);

}  // namespace fullbase::tables
