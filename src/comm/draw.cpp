#include "comm/draw.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace fullbase::comm {

WeightShares::WeightShares(Communicator& communicator, base::uint128 local_total) : ends_(communicator.all_gather(local_total)) {
  for (std::size_t r = 1; r < ends_.size(); ++r) ends_[r] += ends_[r - 1];
}

int WeightShares::owner(base::uint128 target) const {
  FULLBASE_EXPECTS(target < total(), "a draw lies below the total of the weights");
  return static_cast<int>(std::ranges::upper_bound(ends_, target) - ends_.begin());
}

base::uint128 WeightShares::within_owner(base::uint128 target) const {
  const auto rank = static_cast<std::size_t>(owner(target));
  return rank == 0 ? target : target - ends_[rank - 1];
}

}  // namespace fullbase::comm
