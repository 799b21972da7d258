// Rows by the value of a column, so that each value's rows are shared out alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/prepare/value_slots.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::learning {

/// More values than anybody stratifies by.
inline constexpr std::int64_t most_strata = 1000;

struct Strata {
  std::vector<std::int32_t> codes;  ///< of each local row; rows without a value are the last stratum
  std::vector<std::int64_t> rows;   ///< of each stratum, over all ranks; some may have none
  prepare::ValueSlots values;
  data::Reservation reservation;  ///< of the codes

  std::int32_t count() const noexcept { return static_cast<std::int32_t>(rows.size()); }
  /// "UK"; "(missing)" for the last.
  std::string name(std::int32_t stratum) const { return stratum < values.size() ? values.text(stratum) : "(missing)"; }
};

/// Collective. Strata are the values of a column that prepare::ValueSlots takes. Reads the column once, and as ValueSlots does.
/// Memory: 4 bytes a local row, 8 a value. Throws an input error, the same on every rank, where more than most_strata occur.
Strata read_strata(comm::Communicator& communicator, const data::BlockSource& source, int column, data::Budget& budget);

}  // namespace fullbase::learning
