// Whether a column that says which row is which does so.
#pragma once

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::prepare {

/// Throws an input error that names the first row whose key stood in an earlier row already, that row, the key, and how many rows
/// repeat one. Rows without a key repeat none; a column of floats is no key and is not looked at.
///
/// Collective. Keys are shuffled, as many passes as the budget asks for: pass p of n takes those whose hash is p modulo n. Reads
/// the column once a pass; sends every key and its row number (8 bytes) at most once. Memory: about 96 bytes a row and four times
/// the texts, divided by the passes: at most half of the budget that is left, but at least 1 MiB.
void require_unique(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget);

}  // namespace fullbase::prepare
