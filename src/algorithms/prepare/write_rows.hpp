// A table whose rows every rank has some of, in the order of ranks and in any numbers, written.
#pragma once

#include <cstdint>
#include <functional>

#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_sink.hpp"

namespace fullbase::prepare {

/// Collective. Writes this rank's `rows` rows after those of the ranks before it. `batch_of(first, last)`: the columns of this
/// rank's rows [first, last), safe from several threads, and asked for none too. `sink` has the rows of all ranks. Memory: 16
/// blocks a thread; sends what write_ends() does.
void write_rows(comm::Communicator& communicator, std::int64_t rows,
                const std::function<data::Batch(std::int64_t first, std::int64_t last)>& batch_of, data::BlockSink& sink);

}  // namespace fullbase::prepare
