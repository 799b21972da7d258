// Items that a job file names, found among those of a column.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/value_slots.hpp"

namespace fullbase::jobs {

/// 1 or 0 a slot: the items of `keep` (all where it is empty) without those of `leave_out`; an empty vector where all are wanted.
/// Not collective, the same on every rank. Throws a job-file error, known to all, for a name that no item has, with the nearest
/// one; `place`: of the step ("steps.sets"), to which the option's name is added. Cost: a pass over the names of all items.
std::vector<std::uint8_t> wanted_items(const prepare::ValueSlots& slots, std::span<const std::string> keep,
                                       std::span<const std::string> leave_out, const std::string& place);

}  // namespace fullbase::jobs
