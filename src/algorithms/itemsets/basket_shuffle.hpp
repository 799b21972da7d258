// Lines in any order, brought together by their baskets' keys: in passes over ranges of the keys, each dealt out to the ranks.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/itemsets/basket_lines.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// Collective. By a sample of the lines, 2^14 to 2^18 of all ranks' (up to 2 MiB on every rank, sent once), so that what a rank
/// reads or receives in a pass is about three quarters of what fits, and shares are about equal; one key stays whole. `lines`: of
/// all ranks. Reads what `reader` reads, once. What fits a pass follows from half of the budget that is left.
KeyRanges cut_keys(comm::Communicator& communicator, const data::BlockSource& source, const BasketLineReader& reader,
                   std::uint64_t keys, std::int64_t lines, bool timed, data::Budget& budget);

/// One pass. Collective. Calls `consume` as BasketReader::for_each does; adds to the facts of this rank. Memory: twice the lines
/// of the pass that are here, read or received (16 bytes each, 24 with times that matter), and those of the share that a thread
/// works on twice.
void shuffle_baskets(comm::Communicator& communicator, const data::BlockSource& source, const BasketLineReader& reader,
                     const BasketColumns& columns, const KeyRanges& shares, std::int64_t pass, data::Budget& budget,
                     const BasketReader::Consumer& consume, BasketFacts& facts);

}  // namespace fullbase::itemsets
