// Lines grouped by pair of customer and item: what an aggregate is asked for, and what its groups say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/recommendation/interaction_options.hpp"
#include "algorithms/recommendation/line_values.hpp"
#include "algorithms/tables/aggregate.hpp"
#include "data/batch.hpp"

namespace fullbase::recommendation {

// Columns of the groups; `last` is there where lines have a time, and behind it the weights of means.
inline constexpr int customer_column = 0;
inline constexpr int item_column = 1;
inline constexpr std::size_t value_column = 2;
inline constexpr std::size_t lines_column = 3;

/// Whether there is a column of weights, which the result does not have.
inline bool has_weighted_mean(const InteractionOptions& options) noexcept {
  return options.combine == Combine::mean && options.half_life.has_value();
}

/// `lines`: whose values and weights are grouped; null: the lines' own.
tables::AggregateOptions grouping(const InteractionOptions& options, const LineValues* lines);

/// Some groups as pairs.
struct GroupedPairs {
  std::vector<double> values;
  std::vector<std::uint8_t> stay;   ///< 0: outside the range, and to be left out
  std::int64_t outside = 0;         ///< pairs left out or clipped
  std::int64_t lines_left_out = 0;  ///< of pairs outside
  std::int64_t first_problem = -1;  ///< row of the batch whose value no matrix can have
  std::string problem = {};
  std::string advice = {};
};

/// `groups`: of all columns.
GroupedPairs pairs_of(const data::Batch& groups, const InteractionOptions& options);

}  // namespace fullbase::recommendation
