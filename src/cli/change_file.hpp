// Every change of a table as a CSV file.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "data/batch.hpp"

namespace fullbase::cli {

/// Writes change, the keys, column, before, after: a line a value that changed, a row that was added or removed. `records` are
/// this rank's of Difference::every_change, whose first `keys` columns are keys; `names` are those of the compared columns;
/// `guard_formulas`: as of store::CsvStyle. Collective; rank 0 writes, under a temporary name that is then renamed. Sends the
/// records to rank 0, some at a time.
void write_changes(comm::Communicator& communicator, const data::Batch& records, std::size_t keys,
                   const std::vector<std::string>& names, const std::string& path, bool guard_formulas);

}  // namespace fullbase::cli
