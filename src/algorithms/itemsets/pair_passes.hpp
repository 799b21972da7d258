// Pairs of so many items that a counter for every pair has no room, or would mostly stay zero.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// For the baskets that PairRows gather on all threads: as many as the store has, or as help, up to half of what is left.
data::Reservation reserve_gathered_baskets(const BasketStore& baskets, data::Budget& budget);

/// What to do where pairs have no room.
inline constexpr const char* pairs_advice =
    "ask for a greater support, or `longest: 1`; or give more memory (resources.memory_per_rank) or more ranks";

/// Of the baskets of one rank.
struct PairOccurrences {
  std::vector<std::int64_t> by_rarer;  ///< by item: pairs in which it is the rarer one, those of each basket counted
  std::int64_t longest = 0;            ///< items of the longest basket that equals so many that all its pairs are frequent
};
/// Not collective.
PairOccurrences pair_occurrences(const BasketStore& baskets, std::int32_t items, std::int64_t least);

/// Frequent pairs by passes over ranges of the rarer item. A pass counts in PairRows, sends each pair that occurred on a rank to
/// the rank that adds up its rows, and hands the frequent ones to all. Collective. `occurrences`: this rank's.
/// Sends 16 bytes a pair that occurs on a rank and belongs to another, 16 a frequent pair from the rank that added it up, 16 an
/// item for the cut into passes. Memory: a pass takes at most half of what the budget has left, and at least one row's: its
/// row_bytes(), 16 bytes a pair that can occur in it here, 32 a pair that other ranks can send.
FrequentPairs count_pairs_in_passes(comm::Communicator& communicator, const BasketStore& baskets, std::int32_t items,
                                    std::span<const std::int64_t> occurrences, std::int64_t least, data::Budget& budget);

}  // namespace fullbase::itemsets
