// How many frequent sets a class is likely to have, told from pairs alone: what deals out the work evenly.
#pragma once

#include <cstdint>
#include <span>

#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"

namespace fullbase::itemsets {

/// Sets that begin with `rarest` and go on with some of `items` (ascending, each frequent with it), if items were bound to each
/// other by pairs alone (Kirkwood's superposition: a set's share of the baskets is the product of its pairs' shares over those of
/// its items). The search tree of that model is sampled along a few paths (Knuth 1975, estimating the efficiency of backtrack
/// programs), each child in proportion to what may lie below it. Where there are many items their triangles are all that counts.
/// No part in any result: it says who does the work. The same on every rank. Cost: a few times items^2.
double expected_sets(const FrequentItems& frequent, const FrequentPairs& pairs, std::int32_t rarest,
                     std::span<const std::int32_t> items, std::int64_t baskets, std::int64_t least);

}  // namespace fullbase::itemsets
