// Apriori (Agrawal, Srikant 1994) over baskets that stay where they are: count distribution.
#pragma once

#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "algorithms/itemsets/found_sets.hpp"
#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// All frequent sets; this rank's runs, ascending. Level by level: candidates join two sets that share all items but the last and
/// are dropped where any subset is not frequent; every rank counts them in its own baskets, counts are summed over ranks. Where
/// the candidates of a level do not fit the budget they are dealt out to the ranks, and baskets pass by every rank.
/// Collective. Throws a job-file error, known to all, where a level does not fit however it is dealt out; it says which, how many
/// candidates it has, and what to do.
std::vector<SetRun> mine_apriori(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items,
                                 const FrequentPairs& pairs, const MiningOptions& options, data::Budget& budget,
                                 const MiningObserver& observe = {});

}  // namespace fullbase::itemsets
