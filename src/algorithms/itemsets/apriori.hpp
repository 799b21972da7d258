// Apriori (Agrawal, Srikant 1994) over baskets that stay where they are: count distribution (Agrawal, Shafer 1996).
#pragma once

#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "algorithms/itemsets/found_sets.hpp"
#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// All frequent sets; this rank's runs, ascending: those of the rarest items that are dealt to it by how many pairs they have.
/// Level by level: candidates join two sets that share all items but the last and are dropped where any subset is not frequent
/// (Candidates); baskets are counted as bits along the tree of candidates (CandidateCounter). Frequent sets of the level before
/// are on every rank, their counts on the rank that keeps them.
/// - Where a level's candidates fit the budget, every rank has all of them and counts its own baskets; counts are summed: a rank
///   sends 8 bytes a candidate and level, whatever the baskets.
/// - Else each rank has the candidates of its rarest items, and all baskets pass by (BasketRing); then the frequent ones go to
///   all: a rank sends its baskets to all others, and 4 bytes an item of each of its frequent sets.
/// Both give the same sets. Memory of a level: 8 bytes a candidate and counter (a counter on each thread where there is room),
/// twice 4 bytes a candidate and 8 a beginning while the tree is made; frequent sets of the level before the same once; 48 bytes
/// a set that is kept. Cost: for each group of 64 (where baskets are dense 512) baskets, the nodes of the tree of candidates that
/// any of them holds; so that a huge basket takes no more steps than there are nodes.
/// Collective. `observe` hears the level and 0, since nobody knows how many there are. Throws a job-file error, known to all,
/// where a level does not fit however it is dealt out; it says which, how many candidates it has, and what to do.
MinedSets mine_apriori(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items,
                       const FrequentPairs& pairs, const MiningOptions& options, data::Budget& budget,
                       const MiningObserver& observe = {});

}  // namespace fullbase::itemsets
