// The passes over a table that add up its groups, as many as the memory asks for.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "algorithms/tables/finished_groups.hpp"
#include "algorithms/tables/group_keys.hpp"
#include "algorithms/tables/group_lines.hpp"
#include "algorithms/tables/measure_plan.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::tables {

/// What the passes found besides the rows themselves; the same on every rank.
struct PassFacts {
  std::int64_t groups = 0;
  std::int64_t passes = 0;
  LeftOut left_out;
  std::vector<std::int32_t> longest_texts;  ///< by key column
};

/// Collective. Every group of this table, finished, in the order of the keys: ranks hold contiguous runs of each pass.
PassFacts add_up_groups(comm::Communicator& communicator, const data::BlockSource& source, const LineReader& reader,
                        const GroupKeys& keys, const MeasurePlan& plan, data::Budget& budget, FinishedGroups& finished,
                        const std::function<void(std::int64_t done, std::int64_t total)>& progress);

}  // namespace fullbase::tables
