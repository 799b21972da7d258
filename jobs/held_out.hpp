// Rows that a training has left out, scored by the model that has not seen them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/learning/scorer.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::jobs {

/// This rank's rows of them, in their order.
struct HeldOut {
  std::vector<std::int64_t> rows;  ///< counted from the rank's first
  std::vector<double> outputs;     ///< the scorer's, row after row
  data::Reservation reservation;
};

/// Collective. `used` has a byte for each local row (base::Partition) of the source: those where it is 0 are scored. Reads the
/// features' columns of all local rows once. Memory: 8 bytes a scored row and output and 20 a scored row, from the budget; beside
/// it base::block_rows x features doubles and a group of blocks a thread.
HeldOut score_held_out(comm::Communicator& communicator, const learning::Scorer& scorer, const data::BlockSource& source,
                       std::span<const std::uint8_t> used, data::Budget& budget);

}  // namespace fullbase::jobs
