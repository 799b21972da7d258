// The rows of a table that a rank works on.
#pragma once

#include "base/block.hpp"
#include "comm/communicator.hpp"

namespace fullbase::comm {

/// Those of this rank by base::Partition. Not collective.
inline base::RowRange own_rows(const Communicator& communicator, std::int64_t rows) {
  return base::Partition(rows, communicator.size()).rows_of(communicator.rank());
}

}  // namespace fullbase::comm
