// How well a forest tells the rows that it was grown on, by the trees that have not seen them.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/learning/target.hpp"
#include "algorithms/metrics/measure.hpp"
#include "algorithms/trees/forest_scorer.hpp"
#include "algorithms/trees/importances.hpp"
#include "algorithms/trees/out_of_bag.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::jobs {

struct OutOfBagMeasures {
  std::vector<metrics::Measure> measures;  ///< those of metrics::classification_measures or regression_measures
  std::int64_t rows = 0;                   ///< of all ranks that at least one tree did not draw
};

/// Collective; the same on every rank. Memory, from the budget: twice trees::row_scores_bytes() and 16 bytes a row, and what the
/// measures take.
OutOfBagMeasures out_of_bag_measures(comm::Communicator& communicator, const trees::ForestScorer& scorer,
                                     const data::ByteBlocks& matrix, const trees::UnseenTrees& unseen,
                                     const learning::Target& target, data::Budget& budget);

/// Accuracy, or of numbers R2, over the rows that are scored. All are kept by reference.
trees::Quality quality_of_rows(comm::Communicator& communicator, const trees::ForestScorer& scorer,
                               const learning::Target& target, data::Budget& budget);

}  // namespace fullbase::jobs
