// How wide the text columns of a table have to be, where nobody knows yet.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::prepare {

/// Bytes of the longest text in each of the string columns at positions `columns`, over all rows. Collective. Reads the columns
/// once; sends 8 bytes a column. No column: no pass, nothing sent.
std::vector<std::int32_t> longest_texts(comm::Communicator& communicator, const data::BlockSource& source,
                                        std::span<const int> columns);

}  // namespace fullbase::prepare
