// Small nodes, each brought with its rows to one rank, which grows it to its leaves.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/trees/frontier.hpp"
#include "algorithms/trees/subtree.hpp"
#include "comm/communicator.hpp"

namespace fullbase::trees {

/// Collective. What has grown of each of the frontier's small nodes, on every rank, in their order.
///
/// Nodes go to ranks by their rows, the largest first to the rank that has least; each rank's are grown by its threads. They go
/// in rounds of at most round_rows rows a rank (and at least one node), so that no more rows lie beside the matrix: features + 8
/// words bytes each, twice where they come from other ranks. Sends each drawn row of another rank's nodes once, and what has
/// grown (56 + 8 width bytes a node) to all.
std::vector<GrowingTree> grow_small_nodes(comm::Communicator& communicator, const Frontier& frontier, const GrowRules& rules,
                                          std::int64_t round_rows);

}  // namespace fullbase::trees
