// A table's features as rows of bins, one byte a value: what trees are grown on.
#pragma once

#include <memory>
#include <span>

#include "algorithms/learning/features.hpp"
#include "algorithms/trees/bins.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"
#include "data/spill.hpp"

namespace fullbase::trees {

/// Collective. The local rows' bins, one column a feature; `beside` bytes are left in the budget for what works on the matrix.
/// Reads the features' columns once. Memory: the matrix (data::ByteBlocks: in memory as far as the budget goes); a group of
/// blocks a thread while it is read. Sends an agreement.
std::unique_ptr<data::ByteBlocks> bin_rows(comm::Communicator& communicator, const data::BlockSource& source,
                                           std::span<const learning::Feature> features, std::span<const FeatureBins> bins,
                                           std::int64_t beside, data::Budget& budget, data::Spill& spill);

}  // namespace fullbase::trees
