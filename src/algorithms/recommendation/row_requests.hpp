// Which rows of a side the entries of a rank name, and which of its own rows other ranks ask for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/row_shares.hpp"
#include "comm/communicator.hpp"

namespace fullbase::recommendation {

struct RowRequests {
  std::vector<std::int32_t> needed;              ///< rows of the side, ascending
  std::vector<std::int64_t> starts;              ///< rank r has those at [starts[r], starts[r + 1]) of `needed`
  std::vector<std::vector<std::int32_t>> asked;  ///< by rank: own rows that it needs, ascending, counted from the first
  std::vector<std::int32_t> place_of_row;        ///< in `needed`, by row of the side; -1 where it is not needed
};

/// Collective. `columns`: rows of the side, in any order, any number of times. Sends 4 bytes for each needed row of another rank.
/// Memory: 4 bytes a row of the side, 4 a needed row, 4 for each row that a rank asks for.
RowRequests request_rows(comm::Communicator& communicator, std::span<const std::int32_t> columns, const RowShares& side);

}  // namespace fullbase::recommendation
