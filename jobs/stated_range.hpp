// The range that values are stated to lie in: `range: {least: 1, most: 5}`.
#pragma once

#include <optional>

#include "algorithms/recommendation/read_interactions.hpp"
#include "config/containers.hpp"
#include "config/description.hpp"

namespace fullbase::jobs {

struct StatedRange {
  std::optional<double> least = {};
  std::optional<double> most = {};
};
/// The member of a job's options is an std::optional of it. One end at least is given.
config::Description<StatedRange> describe(config::Type<StatedRange>);

/// An end that is not stated is none.
recommendation::ValueRange value_range(const StatedRange& range) noexcept;

}  // namespace fullbase::jobs
