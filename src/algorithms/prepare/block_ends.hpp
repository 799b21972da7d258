// Blocks of a result whose rows lie on several ranks, brought together and written.
#pragma once

#include <cstdint>
#include <vector>

#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_sink.hpp"

namespace fullbase::prepare {

/// Collective. Writes the blocks of a table of `rows` rows that BlockAssembly left waiting on several ranks: `ends` are pieces of
/// such blocks, batch.rows their numbers, and all ranks' ends together hold each of these blocks whole. They go to the ranks that
/// own the blocks. `empty` has the table's columns without rows. Sends each row once, with 8 bytes for its number. Memory: the
/// ends, twice.
void write_ends(comm::Communicator& communicator, std::vector<data::Batch> ends, const data::Batch& empty, std::int64_t rows,
                data::BlockSink& sink);

}  // namespace fullbase::prepare
