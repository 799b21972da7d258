// Rows that all ranks hold, in file order, into the blocks of a table.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "store/csv/row_copy.hpp"

namespace fullbase::store::csv {

/// Blocks of rows of `row_bytes` bytes to be written at a time: at least one, at most `most`, about 8 MiB.
std::int64_t unit_of(std::int64_t row_bytes, std::int64_t most) noexcept;

/// Collective. Writes the rows of every rank's `store`, each rank the blocks that begin among its rows, `unit_blocks` at a time.
/// `starts`: the first row of each rank, then the number of rows. `codes` and `dictionaries` by column. Sends the rows of blocks
/// that lie on more than one rank: fewer than 1,024 a rank. Memory: a unit of rows a thread, a block at least.
void write_rows(comm::Communicator& communicator, std::span<const std::int64_t> starts, const RowStore& store,
                const data::Schema& schema, const CodeTables& codes, const std::vector<data::DictionaryPointer>& dictionaries,
                std::int64_t unit_blocks, data::BlockSink& sink);

}  // namespace fullbase::store::csv
