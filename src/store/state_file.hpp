// States of unfinished computations as files: arrays one after the other, and what tells where each lies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/state.hpp"

namespace fullbase::store {

/// Where the arrays of a state lie in its file: in this order, each from the next multiple of state_alignment bytes on, values
/// little-endian.
using StateLayout = std::vector<data::StateArray>;
inline constexpr std::int64_t state_alignment = 64;

/// The size of the file. Nothing for arrays that no file can hold.
std::optional<std::int64_t> state_bytes(const StateLayout& layout);

/// What `save` would put. Not collective; takes what `save` takes to gather its arrays, and writes nothing.
StateLayout layout_of(const data::SaveState& save);

/// Collective. A new file of what `save` puts on every rank, on disk (fsync) when this returns; each rank writes its own rows,
/// rank 0 what all have. Writes the file's bytes once and sends nothing but agreements. Memory: that of `save`.
StateLayout write_state(comm::Communicator& communicator, const std::string& path, const data::SaveState& save);

/// Opens a file with the layout that write_state() gave. Not collective. Throws what opening throws, and an input error where the
/// file is not as long as the layout says.
std::unique_ptr<data::StateReader> open_state(const std::string& path, const StateLayout& layout);

}  // namespace fullbase::store
