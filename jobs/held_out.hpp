// Rows that a training has left out, scored by the model that has not seen them.
#pragma once

#include <cstdint>
#include <span>

#include "algorithms/learning/scorer.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::jobs {

/// Collective. `used` has a byte for each local row (base::Partition) of the source: those where it is 0 are scored, and what the
/// scorer tells of them is put to their places in `outputs`, which has room for all local rows, row after row. Reads the
/// features' columns of all local rows once. Memory: base::block_rows x (features + outputs) doubles and a group of blocks a
/// thread.
void score_held_out(comm::Communicator& communicator, const learning::Scorer& scorer, const data::BlockSource& source,
                    std::span<const std::uint8_t> used, std::span<double> outputs);

}  // namespace fullbase::jobs
