// The occurrences of classes, brought to the ranks that mine them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/class_outlines.hpp"
#include "algorithms/itemsets/frequent_pairs.hpp"
#include "algorithms/itemsets/occurrences.hpp"
#include "comm/communicator.hpp"

namespace fullbase::itemsets {

/// The classes that this rank owns, with the rows of all ranks; `local` has this rank's rows of every class. Collective. Each
/// rank's rows of a class are sent to its owner once: 8 bytes, 24 a range of words and 8 a word and item; or, of lists, 32 bytes,
/// 4 an item and 12 a row. Memory: what is received beside what is sent, and joined class by class.
std::vector<OccurrenceClass> gather_occurrences(comm::Communicator& communicator, std::span<const ClassOutline> classes,
                                                std::span<const int> owners, std::vector<Occurrences> local,
                                                const FrequentPairs& pairs);

}  // namespace fullbase::itemsets
