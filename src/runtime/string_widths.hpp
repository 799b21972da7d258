// How wide the text columns of a step's table have to be, which is laid out before it is written.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::runtime {

/// By position in `columns`: what TableWriter wants for these columns of `source`; 0 for other types than string. `stored` is the
/// table that `source` shows, its columns first: what it was laid out with serves; only columns of which that is not known (those
/// of other programs' files, derived ones) are read, once, for their longest text. Collective; sends 8 bytes for each of them.
std::vector<std::int32_t> string_widths(comm::Communicator& communicator, const data::BlockSource& source,
                                        std::span<const int> columns, const data::BlockSource& stored);

}  // namespace fullbase::runtime
