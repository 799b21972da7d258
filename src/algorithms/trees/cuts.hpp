// Where the values of features are cut into bins: exactly, over the rows of all ranks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/learning/features.hpp"
#include "algorithms/trees/bins.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::trees {

/// Categories of a feature that are too rare for a bin of their own.
struct RareCategories {
  int feature = 0;
  std::int64_t categories = 0;
  std::int64_t rows = 0;
};

struct Cuts {
  std::vector<FeatureBins> bins;      ///< one a feature
  std::vector<std::int64_t> missing;  ///< rows without a value, by feature
  std::vector<RareCategories> rare;   ///< of features that have such

  /// Whether feature f has one value in all of so many rows.
  bool is_constant(std::size_t f, std::int64_t rows) const noexcept {
    return bins[f].bins == 1 && (missing[f] == 0 || missing[f] == rows);
  }
};

/// Collective; the same on every rank, whatever ranks, threads and budget there are. Values are float32 (rounded once). A feature
/// of at most 255 distinct values has a bin for each; of more, bins end at the type-1 quantiles 1/255, 2/255, ... of its values,
/// equal ones merged. Categories: if there are more than 255, the 254 most frequent (ties by bytes) have a bin each, in byte
/// order, and the others share the last.
///
/// Throws an input error where every feature is constant. Values must be finite in float32 (learning::require_finite).
///
/// Reads each number column once by itself, the category columns once together. Memory: 8 bytes a local row, from the budget; 8
/// bytes a category and thread. Sends for a feature of numbers at most 255 values of 4 bytes and, where there are more, the
/// reductions of comm::cut_positions for 254 targets and 2 of 8 bytes a target; for categories 8 bytes each.
Cuts find_cuts(comm::Communicator& communicator, const data::BlockSource& source, std::span<const learning::Feature> features,
               data::Budget& budget);

/// The bins of values whose distinct ones, ascending, are these; of any number on each rank's side of the cuts. `lowers` are
/// values after which a bin ends, ascending, `nexts` the next greater distinct value of each. Not collective.
FeatureBins bins_between(std::span<const float> lowers, std::span<const float> nexts);

}  // namespace fullbase::trees
