// What is true of rows that move between ranks, on every communicator: against std::stable_sort and plain loops over the whole
// table.
#pragma once

#include <gtest/gtest.h>

#include "comm/communicator.hpp"

namespace fullbase::testing {

/// Shuffled tables are what a stable sort of the whole gives: all kinds of keys, with missing ones, skew, and hardly any rows.
void shuffle_sorts_the_whole(comm::Communicator& world);
/// With whole groups, no group is on two ranks, and the order is the same.
void shuffle_keeps_groups_whole(comm::Communicator& world);
/// Rows in any numbers on the ranks end on block borders, in order.
void redistribution_keeps_the_order(comm::Communicator& world);
/// Root sees all rows once, in order, in pieces; its error is everyone's.
void gathering_keeps_the_order(comm::Communicator& world);
/// A row of several values arrives whole, where it is sent, in any number of rounds.
void rows_of_values_arrive_whole(comm::Communicator& world);
/// Quantiles are elements of the sorted whole.
void quantiles_are_sorted_elements(comm::Communicator& world);
/// A target falls to the rank and item that a walk over all weights ends at.
void draws_find_their_owner(comm::Communicator& world);
/// The union is sorted, complete, equal everywhere, and remapped codes keep their texts.
void dictionaries_unite(comm::Communicator& world);

}  // namespace fullbase::testing
