// Whether the values that a model is to learn from are finite.
#pragma once

#include <limits>
#include <span>

#include "algorithms/learning/features.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::learning {

/// Throws an input error that names column and row of the first value (lowest row, then first feature) that is infinite or, in
/// magnitude, beyond `most`; the same on every rank. Missing values are fine. Collective; reads the number columns that can hold
/// such values once.
void require_finite(comm::Communicator& communicator, const data::BlockSource& source, std::span<const Feature> features,
                    double most = std::numeric_limits<double>::max());

}  // namespace fullbase::learning
