#include "comm/quantiles.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/contract.hpp"
#include "comm/agreement.hpp"

namespace fullbase::comm {
namespace {

/// Counters that one round may use, over all digits that are still open.
constexpr std::int64_t most_counters = std::int64_t{1} << 20;
constexpr int most_digit_bits = 16;

/// What is known of one wanted value: that (bits - lowest) >> remaining equals prefix, and how many values come before such.
struct Search {
  std::int64_t position = 0;  ///< among the values with this prefix
  std::uint64_t prefix = 0;
};

struct Bounds {
  std::int64_t count = 0;
  std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t highest = 0;
};

/// Values in memory, which are looked through without fail.
template <class T>
struct Held {
  std::span<const T> values;

  template <class F>
  void pass(F look) const {
    look(values);
  }
};

/// Values that are read again for each pass; an error on any rank is thrown on all.
template <class Reader>
struct Reread {
  Communicator& communicator;
  const Reader& read;

  template <class F>
  void pass(F look) const {
    collective_try(communicator, "read values", [&] { read(look); });
  }
};

template <class Values>
Bounds bounds_of(Communicator& communicator, const Values& values) {
  Bounds bounds;
  values.pass([&](const auto some) {
    bounds.count += std::ssize(some);
    for (const auto value : some) {
      const auto bits = ordered_bits(value);
      bounds.lowest = std::min(bounds.lowest, bits);
      bounds.highest = std::max(bounds.highest, bits);
    }
  });
  bounds.count = communicator.sum_value(bounds.count);
  bounds.lowest = communicator.min_value(bounds.lowest);
  bounds.highest = communicator.max_value(bounds.highest);
  return bounds;
}

/// How often each digit follows each of the prefixes (ascending), over all ranks: prefixes.size() x 2^digit_bits counts.
template <class Values>
std::vector<std::int64_t> count_digits(Communicator& communicator, const Values& values, std::uint64_t lowest,
                                       std::span<const std::uint64_t> prefixes, int remaining, int digit_bits) {
  std::vector<std::int64_t> counts(prefixes.size() << digit_bits, 0);
  const std::uint64_t mask = (std::uint64_t{1} << digit_bits) - 1;
  const int shift = remaining - digit_bits;
  values.pass([&](const auto some) {
    for (const auto value : some) {
      const std::uint64_t offset = ordered_bits(value) - lowest;
      const std::uint64_t prefix = remaining == 64 ? 0 : offset >> remaining;
      const auto found = prefixes.size() == 1 ? prefixes.begin() : std::ranges::lower_bound(prefixes, prefix);
      if (found == prefixes.end() || *found != prefix) continue;
      const auto row = static_cast<std::uint64_t>(found - prefixes.begin());
      ++counts[(row << digit_bits) + ((offset >> shift) & mask)];
    }
  });
  communicator.sum(std::span(counts));
  return counts;
}

/// The ordered bits of the values at the given positions of all ranks' ordered values.
template <class Values>
std::vector<std::uint64_t> select(Communicator& communicator, const Values& values, const Bounds& bounds,
                                  std::span<const std::int64_t> positions) {
  std::vector<Search> searches;
  for (const auto position : positions) searches.push_back({.position = position});
  auto remaining = static_cast<int>(std::bit_width(bounds.highest - bounds.lowest));
  while (remaining > 0 && !searches.empty()) {
    std::vector<std::uint64_t> prefixes;
    for (const auto& search : searches) prefixes.push_back(search.prefix);
    std::ranges::sort(prefixes);
    prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
    const auto affordable =
        static_cast<int>(std::bit_width(static_cast<std::uint64_t>(most_counters / std::ssize(prefixes)))) - 1;
    const int digit_bits = std::clamp(affordable, 1, std::min(most_digit_bits, remaining));
    const auto counts = count_digits(communicator, values, bounds.lowest, prefixes, remaining, digit_bits);
    for (auto& search : searches) {
      const auto row = static_cast<std::uint64_t>(std::ranges::lower_bound(prefixes, search.prefix) - prefixes.begin());
      std::uint64_t digit = 0;
      for (; counts[(row << digit_bits) + digit] <= search.position; ++digit)
        search.position -= counts[(row << digit_bits) + digit];
      search.prefix = (search.prefix << digit_bits) | digit;
    }
    remaining -= digit_bits;
  }
  std::vector<std::uint64_t> found;
  for (const auto& search : searches) found.push_back(bounds.lowest + search.prefix);
  return found;
}

template <class Values>
std::vector<std::uint64_t> quantile_bits(Communicator& communicator, const Values& values,
                                         std::span<const double> probabilities) {
  const StageScope scope(communicator.statistics(), "quantiles");
  const auto bounds = bounds_of(communicator, values);
  if (bounds.count == 0) return {};
  std::vector<std::int64_t> positions;
  for (const double p : probabilities) positions.push_back(quantile_position(p, bounds.count));
  return select(communicator, values, bounds, positions);
}

std::vector<std::int64_t> integers(std::span<const std::uint64_t> found) {
  std::vector<std::int64_t> result;
  for (const auto bits : found) result.push_back(int64_of_ordered_bits(bits));
  return result;
}

std::vector<double> doubles(std::span<const std::uint64_t> found) {
  std::vector<double> result;
  for (const auto bits : found) result.push_back(double_of_ordered_bits(bits) + 0.0);
  return result;
}

}  // namespace

std::int64_t quantile_position(double probability, std::int64_t n) {
  FULLBASE_EXPECTS(0 <= probability && probability <= 1 && n > 0, "a quantile has a probability and at least one value");
  const double wanted = probability * static_cast<double>(n);
  const double nearest = std::round(wanted);
  const bool whole = std::abs(wanted - nearest) <= 4 * std::numeric_limits<double>::epsilon() * wanted;
  const auto count = static_cast<std::int64_t>(whole ? nearest : std::ceil(wanted));
  return std::clamp<std::int64_t>(count, 1, n) - 1;
}

std::vector<std::int64_t> quantiles(Communicator& communicator, std::span<const std::int64_t> values,
                                    std::span<const double> probabilities) {
  return integers(quantile_bits(communicator, Held<std::int64_t>{values}, probabilities));
}

std::vector<double> quantiles(Communicator& communicator, std::span<const double> values, std::span<const double> probabilities) {
  return doubles(quantile_bits(communicator, Held<double>{values}, probabilities));
}

std::vector<double> quantiles(Communicator& communicator, const ValuesReader& read, std::span<const double> probabilities) {
  return doubles(quantile_bits(communicator, Reread<ValuesReader>{communicator, read}, probabilities));
}

std::vector<std::int64_t> quantiles(Communicator& communicator, const IntegersReader& read,
                                    std::span<const double> probabilities) {
  return integers(quantile_bits(communicator, Reread<IntegersReader>{communicator, read}, probabilities));
}

Extent<std::int64_t> extent(Communicator& communicator, std::span<const std::int64_t> values) {
  const auto bounds = bounds_of(communicator, Held<std::int64_t>{values});
  if (bounds.count == 0) return {};
  return {bounds.count, int64_of_ordered_bits(bounds.lowest), int64_of_ordered_bits(bounds.highest)};
}

Extent<double> extent(Communicator& communicator, std::span<const double> values) {
  const auto bounds = bounds_of(communicator, Held<double>{values});
  if (bounds.count == 0) return {};
  return {bounds.count, double_of_ordered_bits(bounds.lowest) + 0.0, double_of_ordered_bits(bounds.highest) + 0.0};
}

}  // namespace fullbase::comm
