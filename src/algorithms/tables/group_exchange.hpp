// The groups of one pass from threads and ranks, brought together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/tables/group_accumulator.hpp"
#include "algorithms/tables/measure_plan.hpp"
#include "comm/communicator.hpp"

namespace fullbase::tables {

/// Groups of ascending codes, each once: their words, and their values by slot (0, 1, ...).
struct Groups {
  std::vector<std::uint64_t> codes;
  std::vector<std::uint64_t> words;
  std::vector<ValueList> lists;  ///< settled
};

/// What threads have added to slots [0, slots), brought together in the first of `parts`, whose lists are settled then. Not
/// collective.
void merge_parts(const MeasurePlan& plan, std::int64_t slots, std::span<GroupAccumulator> parts);

/// The groups of all ranks, each on one rank, codes ascending over ranks; about as many groups on each. Collective; a rank hands
/// in its own. Sends the groups that change rank once: 8 + 8 GroupState::stride() bytes each, and 16 bytes a listed value (24 if
/// texts). Memory: what is sent and what is received, and 16 bytes a group for their order.
Groups exchange_groups(comm::Communicator& communicator, const MeasurePlan& plan, Groups own);

}  // namespace fullbase::tables
