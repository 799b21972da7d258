// Exact quantiles of values that lie on many ranks.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "comm/communicator.hpp"

namespace fullbase::comm {

/// Number, least and greatest of all ranks' values; least and greatest are 0 where there is no value.
template <class T>
struct Extent {
  std::int64_t count = 0;
  T lowest{};
  T highest{};
  friend bool operator==(const Extent&, const Extent&) = default;
};
Extent<std::int64_t> extent(Communicator& communicator, std::span<const std::int64_t> values);
/// Without NaN.
Extent<double> extent(Communicator& communicator, std::span<const double> values);

/// Quantiles of type 1 (Hyndman and Fan 1996), the inverse of the empirical distribution: for each probability p in [0, 1] the
/// least value v such that at least p * n of the n values are <= v; p = 0 gives the least value. Where p * n lies within 4 units
/// in the last place of an integer it is that integer, so that 0.1 of 30 values are 3. Empty if there is no value on any rank.
///
/// Exact, by counting digits of the values' ordered 64-bit form from the most significant on: at most 4 rounds over the local
/// values for up to 16 probabilities (one round where the range is below 65,536), each with one reduction of at most 8 MiB.
/// Memory: that. Values are neither moved nor copied. Collective; values may be any number on each rank.
std::vector<std::int64_t> quantiles(Communicator& communicator, std::span<const std::int64_t> values,
                                    std::span<const double> probabilities);
/// The same for doubles without NaN; -0 lies below 0 and is returned as 0.
std::vector<double> quantiles(Communicator& communicator, std::span<const double> values, std::span<const double> probabilities);

/// Values that need not lie in memory: a call passes this rank's values to `consume`, some at a time, in any order, from one
/// thread at a time, the same ones in each call.
using ValuesConsumer = std::function<void(std::span<const double>)>;
using ValuesReader = std::function<void(const ValuesConsumer& consume)>;
/// The same quantiles of values that are read once for each round, and once before the first; what `read` throws on any rank is
/// thrown on all. Sends 8 bytes a round more.
std::vector<double> quantiles(Communicator& communicator, const ValuesReader& read, std::span<const double> probabilities);

/// And of integers, which doubles do not hold beyond 2^53.
using IntegersConsumer = std::function<void(std::span<const std::int64_t>)>;
using IntegersReader = std::function<void(const IntegersConsumer& consume)>;
std::vector<std::int64_t> quantiles(Communicator& communicator, const IntegersReader& read,
                                    std::span<const double> probabilities);

/// The 0-based position of the quantile among n > 0 ordered values.
std::int64_t quantile_position(double probability, std::int64_t n);

}  // namespace fullbase::comm
