// Eclat (Zaki 2000) over ranks: classes of sets with a common rarest item are mined where their occurrences were moved to.
#pragma once

#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "algorithms/itemsets/found_sets.hpp"
#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// All frequent sets; this rank's runs, ascending. Collective.
std::vector<SetRun> mine_eclat(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items,
                               const FrequentPairs& pairs, const MiningOptions& options, data::Budget& budget,
                               const MiningObserver& observe = {});

}  // namespace fullbase::itemsets
