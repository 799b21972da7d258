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

/// All frequent sets. Each class, the sets with a common rarest item, is mined whole by one rank (threads share its children),
/// the classes dealt out by what their pairs let expect (expected_sets); their occurrences go to that rank once, as many classes
/// at a time as three quarters of what is left of the budget hold. Where more sets are possible than half of the budget of all
/// ranks holds, their number is estimated first (predict_sets), and one that is beyond it by two standard errors ends the run
/// with the support that is expected to fit.
///
/// Collective. Throws a job-file error, the same on every rank, for too many sets, expected or found, and for classes that do not
/// fit one by one. Memory: the sets, 14 bytes each (28 while a part of a class grows); OccurrenceCounts::bytes() of the classes
/// of a batch, twice and once more for those that a rank owns where there are several ranks; the levels of ClassMiner a thread.
/// Sends the occurrences (gather_occurrences) and 16 bytes a class. Cost: a pass over the baskets for each batch; then for each
/// set and each candidate that is not frequent a pass over the bits of the baskets that hold its beginning, 1/4 ns for 64 of
/// them, or, where classes are narrow and full, an addition for each pattern of bits.
MinedSets mine_eclat(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items,
                     const FrequentPairs& pairs, const MiningOptions& options, data::Budget& budget,
                     const MiningObserver& observe = {});

/// The same prediction for a miner that has none: throws where mine_eclat() would before it searched, and finds no set. Where so
/// few sets are possible that they fit, it looks at the pairs alone; else it costs the passes over the baskets, what is sent and
/// the memory of mine_eclat() without the sets. Collective.
void refuse_explosion(comm::Communicator& communicator, const BasketStore& baskets, const FrequentItems& items,
                      const FrequentPairs& pairs, const MiningOptions& options, data::Budget& budget);

}  // namespace fullbase::itemsets
