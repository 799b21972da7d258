// What a synthetic customer base looks like.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace fullbase::synthetic {

struct Options {
  std::int64_t customers = 200'000;
  std::int64_t lines = 5'000'000;                              ///< of transactions, exactly; at least one a customer
  std::int64_t items = 4'000;                                  ///< different things sold
  double lines_per_order = 5;                                  ///< on average, about
  double return_share = 0.03;                                  ///< of orders that are followed by a return, about
  std::int64_t first_day = base::days_from_civil(2024, 1, 1);  ///< days since 1970
  std::int64_t last_day = base::days_from_civil(2026, 1, 1);   ///< the day after the last
  std::int64_t seed = 42;
};

}  // namespace fullbase::synthetic
