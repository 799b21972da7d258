// The distinct values of a key column, of all ranks, on every rank.
#pragma once

#include <cstdint>
#include <vector>

#include "base/block.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/dictionary.hpp"

namespace fullbase::prepare {

/// Which rank looks whether others have the same key.
int key_owner(std::int64_t key, int ranks) noexcept;

/// Ascending, missing ones aside. Collective. Reads column `column` of this rank's `rows` once. Memory, taken from the budget: up
/// to 24 bytes a distinct key of the rank, then 8 bytes a key of all ranks, which `held` keeps. Sends the rank's keys to their
/// owners (8 bytes each) and what it owns to every rank.
std::vector<std::int64_t> distinct_integers(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                            base::RowRange rows, data::Budget& budget, data::Reservation& held);

/// The same for texts, in byte order; a key of n bytes takes up to 2 n + 40 bytes while the column is read, then n + 8. Sends as
/// comm::unite_dictionaries().
data::DictionaryPointer distinct_texts(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                       base::RowRange rows, data::Budget& budget, data::Reservation& held);

}  // namespace fullbase::prepare
