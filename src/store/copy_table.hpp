// One table from any source into a file, every rank its rows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "store/table_writer.hpp"

namespace fullbase::store {

/// Writes all of `source` as `group` of the file at `path`, as TableWriter::create and finish do. `string_widths` by
/// column position, `mode` and `durability` as TableOptions has them. Collective; errors are the same on every rank.
/// `progress(done, total)` counts this rank's rows; from any thread. Memory: parallel::scan's batches.
void copy_table(comm::Communicator& communicator, const data::BlockSource& source, const std::string& path,
                const std::string& group, const std::vector<std::int32_t>& string_widths, unsigned mode = 0600,
                const std::function<void(std::int64_t done, std::int64_t total)>& progress = {},
                Durability durability = Durability::at_finish);

}  // namespace fullbase::store
