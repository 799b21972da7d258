// Sums over ranks of which each rank needs a part alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"

namespace fullbase::comm {

/// Element-wise sums over ranks of `values`, of equal length on all ranks: rank r gets elements [starts[r], starts[r + 1]).
/// `starts` has size() + 1 ascending positions from 0 to the length, the same on all ranks. Sums wrap like unsigned integers.
/// Collective. Sends every rank its part once: 8 (length - own part) bytes. Memory: size() times the own part.
std::vector<std::uint64_t> sum_scatter(Communicator& communicator, std::span<const std::uint64_t> values,
                                       std::span<const std::int64_t> starts);

}  // namespace fullbase::comm
