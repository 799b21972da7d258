// Draws in proportion to integer weights that lie on many ranks: find the rank, then let it find its item.
#pragma once

#include <vector>

#include "base/int128.hpp"
#include "comm/communicator.hpp"

namespace fullbase::comm {

/// Each rank's share of [0, total()), in rank order. random::find_weighted() finds the item within a rank, so that the drawn item
/// depends on the global order of items alone.
class WeightShares {
 public:
  /// Collective: gathers 16 bytes a rank. The total is below 2^128.
  WeightShares(Communicator& communicator, base::uint128 local_total);

  base::uint128 total() const noexcept { return ends_.back(); }
  /// The rank whose share holds `target`, which is below total(). A rank without weight is never it.
  int owner(base::uint128 target) const;
  /// `target` counted from the start of its owner's share.
  base::uint128 within_owner(base::uint128 target) const;

 private:
  std::vector<base::uint128> ends_;  ///< exclusive end of each rank's share
};

}  // namespace fullbase::comm
