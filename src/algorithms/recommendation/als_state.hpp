// The state of a factorisation, kept and read.
#pragma once

#include <string>
#include <vector>

#include "algorithms/recommendation/als.hpp"
#include "algorithms/recommendation/row_shares.hpp"
#include "data/state.hpp"

namespace fullbase::recommendation {

/// Who has which rows.
struct AlsShares {
  const RowShares& customers;
  const RowShares& items;
  int rank = 0;     ///< of this process
  int columns = 0;  ///< Factors::columns()
};

/// Puts a state as arrays whose names begin with `part`: 4 bytes a factor and padding of all rows. Not collective.
void put_state(data::StateWriter& writer, const std::string& part, const AlsState& state, const AlsShares& shares);

/// Reads this rank's part of it, whichever ranks have put it, to where a fit has its rows: what fit_als() resumes with. Not
/// collective; throws what reading throws. `reader` and `shares` are used when the fit begins.
AlsResume read_state(const data::StateReader& reader, std::string part, const AlsShares& shares);

}  // namespace fullbase::recommendation
