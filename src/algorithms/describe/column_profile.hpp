// What there is to know of a column at a glance.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "algorithms/describe/moments.hpp"
#include "algorithms/describe/text_lengths.hpp"
#include "algorithms/describe/value_counts.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::describe {

struct ColumnProfile {
  data::Field field;
  ValueCounts counts;
  data::Column quantiles;              ///< of numbers and times, one for each probability; no rows where there are none
  std::optional<Moments> moments;      ///< of numbers
  std::optional<TextLengths> lengths;  ///< of texts and categories
};

/// Everything of column `column`, over all rows. Quantiles are of type 1 (comm::quantiles), so each is a value that occurs.
/// Collective; the same on every rank, for any ranks, threads and memory. Reads the column up to 9 times, and once more for each
/// further pass of count_values(). Memory and traffic: count_values() and comm::quantiles().
ColumnProfile column_profile(comm::Communicator& communicator, const data::BlockSource& source, int column,
                             std::span<const double> probabilities, std::int64_t most, data::Budget& budget);

}  // namespace fullbase::describe
