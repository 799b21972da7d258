// Fitting transforms to a whole table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/transform.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"

namespace fullbase::prepare {

struct TransformOptions {
  bool infinite_is_missing = false;  ///< otherwise an infinite value is an error
  bool constant_is_error = false;    ///< otherwise a constant column keeps the scale 1, with a warning
};

struct FittedTransforms {
  std::vector<FittedColumn> columns;  ///< in the plans' order
  std::int64_t dropped = 0;           ///< rows that impute_drop leaves out
  std::vector<std::string> warnings;

  std::vector<std::string> names() const;
};

/// Collective; the same result on every rank. Passes over the data: one that checks all values and fits the first fitted
/// transform of every column, one more for each further one (all columns together), and one for quantiles (median, robust), or
/// one for each of their rounds (up to 6) where 8 bytes a row do not fit the budget of some rank.
///
/// Exactness: a block's sums are taken in one order, sums over blocks are exact, the variance is that of the deviations from the
/// mean (the corrected two-pass algorithm of Chan, Golub, LeVeque 1983: per block, then the blocks' means), so that neither ranks
/// nor an offset of the values matter. Error of the mean: about 2^-53 of itself, 1e-14 of the mean deviation; relative error of
/// the variance: about 3e-14 at worst, as long as squares of deviations do not underflow. Memory: parallel::scan's batches; 56
/// bytes a block and column; 8 bytes a row while a quantile is sought, taken from the budget if it has them. Sends three exact
/// sums (552 bytes each) and 24 bytes a fitted column, quantiles as comm::quantiles.
///
/// With `fitted`, which are the plans' transforms as another table had them, nothing is fitted: the first pass alone checks all
/// values and counts.
///
/// Throws input errors with count and first row (as BlockSource::source_rows() numbers them): missing values without impute,
/// infinities, log1p where x <= -1, a mean of no values; rows that impute_drop leaves out cause none. Job-file errors as
/// check_plan().
FittedTransforms fit_transforms(comm::Communicator& communicator, const data::BlockSource& source,
                                std::span<const ColumnPlan> plans, const TransformOptions& options, data::Budget& budget,
                                const std::vector<FittedColumn>* fitted = nullptr);

}  // namespace fullbase::prepare
