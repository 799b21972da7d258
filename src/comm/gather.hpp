// A table's rows at one rank, in order, a piece at a time.
#pragma once

#include <cstdint>
#include <functional>

#include "comm/communicator.hpp"
#include "data/batch.hpp"

namespace fullbase::comm {

inline constexpr std::int64_t usual_piece_rows = 64 * base::block_rows;

/// Calls consume(batch) at `root` with the rows of all ranks in rank order, at most piece_rows at once; batch.rows counts them
/// from 0. If consume throws, every rank throws that error, and no further piece is sent. Collective; fields and dictionaries are
/// equal on all ranks. Memory at root: one piece twice. Sends every other rank's rows once.
void for_each_in_order(Communicator& communicator, int root, const data::Batch& local,
                       const std::function<void(data::Batch&&)>& consume, std::int64_t piece_rows = usual_piece_rows);

}  // namespace fullbase::comm
