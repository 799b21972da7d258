// Factors that were fitted before, for rows of a matrix.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/recommendation/factor_rows.hpp"
#include "data/budget.hpp"

namespace fullbase::recommendation {

/// Of this rank's rows of a side: their factors, or zeros where there are none.
struct FactorsRead {
  FactorRows rows;
  std::vector<std::uint8_t> known;  ///< 1 a row that has factors
  data::Reservation memory;
};

/// What a fit begins with.
struct FactorsBefore {
  FactorsRead customers;
  FactorsRead items;
};

}  // namespace fullbase::recommendation
