// What alternating least squares lowers.
#pragma once

#include <vector>

#include "algorithms/recommendation/als.hpp"
#include "algorithms/recommendation/needed_rows.hpp"
#include "algorithms/recommendation/row_solver.hpp"

namespace fullbase::recommendation {

struct ObjectiveValue {
  double objective = 0;
  double rmse = 0;  ///< explicit: root of the mean squared error over the entries
};

/// One side as it is: this rank's rows.
struct SolvedSide {
  const SparseRows* entries;
  const FactorRows* rows;
  const std::vector<double>* gram;  ///< implicit: rank x rank, over all ranks
};

/// Collective. `solved` was solved while `standing` stood, whose rows (`standing_rows`) came by `needed` and are there still, or
/// come once more. Scores are float32 products; a piece of work's terms are summed in double in their order, pieces and ranks
/// exactly. Cost: a product of rows an entry.
ObjectiveValue objective(comm::Communicator& communicator, const SolvedSide& solved, const SolvedSide& standing,
                         const NeededRows& needed, FactorRows& standing_rows, const StandingSide& side,
                         const AlsOptions& options);

}  // namespace fullbase::recommendation
