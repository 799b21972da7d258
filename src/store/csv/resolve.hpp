// The states before the pieces of a file, from what each piece makes of each possible state: exact whatever was assumed.
#pragma once

#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "store/csv/piece_parser.hpp"

namespace fullbase::store::csv {

/// First `first`, then `second`.
Transition compose(const Transition& first, const Transition& second) noexcept;

/// Collective. Each rank passes the transitions of its pieces; ranks hold contiguous runs of the file's pieces, in rank order,
/// possibly none. Returns the state before each of this rank's pieces; the file begins with a record. Sends 5 bytes a rank.
std::vector<State> entry_states(comm::Communicator& communicator, std::span<const Transition> pieces);

}  // namespace fullbase::store::csv
