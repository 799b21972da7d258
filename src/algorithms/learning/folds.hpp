// Rows shared out at random, to train on some and to test on the others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "random/generator.hpp"

namespace fullbase::learning {

/// Collective. A part for each local row (base::Partition(rows, size())): within each stratum rows are ordered by (random word of
/// the row, row) and cut into the parts, one after the other. Part p gets the share shares[p] of each stratum to within a row,
/// and of all rows too: where a share is no whole number, the row that is left goes to the part that is furthest behind over all
/// strata so far. Shares are positive and sum to 1 (to 1e-9). `strata` is empty or holds a stratum >= 0 for each local row, of
/// `stratum_count`. A function of key, rows, strata and shares alone.
///
/// Memory: 24 bytes a local row while it runs, 4 for the result. Sends the reductions of comm::cut_positions.
std::vector<std::int32_t> assign_parts(comm::Communicator& communicator, random::Key key, std::int64_t rows,
                                       std::span<const std::int32_t> strata, std::int32_t stratum_count,
                                       std::span<const double> shares, data::Budget& budget);

}  // namespace fullbase::learning
