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

/// This rank's part of it, whichever ranks have put it.
struct AlsStateRead {
  std::vector<AlsRound> rounds;
  std::vector<float> customers;
  std::vector<float> items;

  AlsState state() const noexcept { return {rounds, customers, items}; }
};
/// Not collective; throws what reading throws. Memory: AlsStateRead, 4 bytes a factor and padding of this rank's rows.
AlsStateRead read_state(const data::StateReader& reader, const std::string& part, const AlsShares& shares);

}  // namespace fullbase::recommendation
