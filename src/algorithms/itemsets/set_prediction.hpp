// How many frequent sets there will be, before they are there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/itemsets/class_outlines.hpp"
#include "algorithms/itemsets/found_sets.hpp"
#include "algorithms/itemsets/occurrences.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// Of sets of three items and more.
struct SetPrediction {
  double sets = 0;
  double standard_error = 0;
};

/// Paths down the search trees of the classes, drawn in proportion to what their pairs let expect; ranks follow those of the
/// classes that they own (`owned`, in the order of `classes`), threads share them. Collective; the same value on every rank,
/// whatever the ranks. Sends 8 bytes a path and rank. No part in any result.
SetPrediction predict_sets(comm::Communicator& communicator, std::span<const ClassOutline> classes, std::span<const int> owners,
                           std::span<const OccurrenceClass> owned, const MiningOptions& options, data::Budget& budget);

/// The least count, above options.least, with which at most `most` sets are expected, in steps of a quarter; none where too many
/// are in all baskets.
std::optional<std::int64_t> fitting_count(comm::Communicator& communicator, std::span<const ClassOutline> classes,
                                          std::span<const int> owners, std::span<const OccurrenceClass> owned,
                                          const MiningOptions& options, double most, data::Budget& budget);

}  // namespace fullbase::itemsets
