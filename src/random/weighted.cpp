#include "random/weighted.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace fullbase::random {

namespace {

template <class Weight>
std::int64_t find(std::span<const Weight> weights, base::uint128 target) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (target < weights[i]) return static_cast<std::int64_t>(i);
    target -= weights[i];
  }
  FULLBASE_EXPECTS(false, "a weighted draw lies below the total weight");
  return -1;
}

}  // namespace

base::uint128 total_weight(std::span<const std::uint64_t> weights) noexcept {
  base::uint128 total = 0;
  for (const std::uint64_t weight : weights) total += weight;
  return total;
}

std::int64_t find_weighted(std::span<const std::uint64_t> weights, base::uint128 target) {
  return find(weights, target);
}

std::int64_t find_weighted(std::span<const base::uint128> weights, base::uint128 target) {
  return find(weights, target);
}

CumulativeWeights::CumulativeWeights(std::span<const std::uint64_t> weights) {
  FULLBASE_EXPECTS(total_weight(weights) >> 64 == 0, "cumulative weights have a total below 2^64");
  sums_.reserve(weights.size());
  std::uint64_t sum = 0;
  for (const std::uint64_t weight : weights) sums_.push_back(sum += weight);
}

std::int64_t CumulativeWeights::find(std::uint64_t target) const noexcept {
  return std::upper_bound(sums_.begin(), sums_.end(), target) - sums_.begin();
}

}  // namespace fullbase::random
