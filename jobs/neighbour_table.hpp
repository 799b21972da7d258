// The table of neighbours that jobs write: whose, rank, neighbour, likeness, common.
#pragma once

#include <cstdint>

#include "algorithms/recommendation/neighbours.hpp"
#include "algorithms/recommendation/ranked_table.hpp"
#include "algorithms/recommendation/row_shares.hpp"
#include "algorithms/recommendation/side_keys.hpp"
#include "data/schema.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// `key`: as SideKeys::field().
recommendation::RankedTable neighbour_table(const data::Field& key);

struct NeighbourCounts {
  std::int64_t entries = 0;
  std::int64_t without = 0;  ///< rows that have no neighbour
};

/// Collective. Writes the main table; the same counts on every rank.
NeighbourCounts write_neighbours(runtime::StepContext& context, const recommendation::RankedTable& table,
                                 const recommendation::NeighbourLists& found, const recommendation::RowShares& shares,
                                 const recommendation::SideKeys& keys);

}  // namespace fullbase::jobs
