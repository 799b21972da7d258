// Rows shared out by the value of a column, so that all rows of a customer fall on one side.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "random/generator.hpp"

namespace fullbase::learning {

struct ValueParts {
  std::vector<std::int32_t> parts;  ///< of each local row
  std::int64_t missing = 0;         ///< rows without a value, over all ranks
  data::Reservation reservation;
};

/// Collective. A value falls into part p with probability shares[p], by a hash of the value and `key` alone: whichever other rows
/// there are, and in a category and a string column alike. So shares of the rows are met about as well as the values' sizes
/// allow, not exactly. Rows without a value are nobody's, and fall by their row numbers. Shares are positive and sum to 1. The
/// column is anything but a float.
///
/// Reads the column once. Memory: 4 bytes a local row. Sends 8 bytes.
ValueParts assign_parts_by_value(comm::Communicator& communicator, random::Key key, const data::BlockSource& source, int column,
                                 std::span<const double> shares, data::Budget& budget);

}  // namespace fullbase::learning
