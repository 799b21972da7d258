// From a table's columns to the float32 rows that an algorithm works on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "algorithms/prepare/transform_fit.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/matrix_blocks.hpp"
#include "data/spill.hpp"

namespace fullbase::prepare {

struct FeatureMatrix {
  std::unique_ptr<data::MatrixBlocks> matrix;  ///< one row a kept row, in the source's order; one column a plan
  FittedTransforms transforms;
  /// The source's row of each of this rank's rows; empty where every row is kept (then they are the same).
  std::vector<std::int64_t> source_rows;
  data::Reservation reservation;  ///< of source_rows

  /// The source's row of row `row` of the matrix, which is one of this rank's.
  std::int64_t source_row(std::int64_t row) const {
    return source_rows.empty() ? row : source_rows.at(static_cast<std::size_t>(row - matrix->local_rows().first));
  }
};

/// Bytes that an algorithm will take from a rank's budget beside a matrix of so many rows, so many of them the rank's.
using BytesBeside = std::function<std::int64_t(std::int64_t rows, std::int64_t local_rows)>;

/// Collective. Fits the transforms, then makes the matrix: computed in double, rounded once to float32. Values beyond float32 are
/// an input error that names the row. At least one plan. Which ranks, threads and budget there are makes no difference to a bit.
///
/// With `fitted`, transforms as another table had them are used, and none are fitted.
///
/// One more pass over the columns than fit_transforms() takes; where rows are dropped, another one over the columns that decide
/// it, and each row is sent to the rank whose block it falls in. Memory: the matrix (data::MatrixBlocks: in memory as far as the
/// budget goes, less what `beside` says, which is free again when this returns); where rows are dropped, 8 bytes a row of this
/// rank and two buffers of about 16 MiB.
FeatureMatrix build_matrix(comm::Communicator& communicator, const data::BlockSource& source, std::span<const ColumnPlan> plans,
                           const TransformOptions& options, data::Budget& budget, data::Spill& spill,
                           const BytesBeside& beside = {}, const std::vector<FittedColumn>* fitted = nullptr);

}  // namespace fullbase::prepare
