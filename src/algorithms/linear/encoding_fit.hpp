// Means and deviations of number columns, shares of categories: what an encoding is fitted to.
#pragma once

#include <span>

#include "algorithms/learning/features.hpp"
#include "algorithms/linear/design.hpp"
#include "algorithms/linear/encoding.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"

namespace fullbase::linear {

/// Collective; the first pass of build_design(), whose docstring says what it throws, sends and how exact it is.
Encoding fit_encoding(comm::Communicator& communicator, const data::BlockSource& source,
                      std::span<const learning::Feature> features, const learning::FeatureReader& reader,
                      const DesignOptions& options);

}  // namespace fullbase::linear
