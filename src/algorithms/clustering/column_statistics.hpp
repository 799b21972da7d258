// What k-means knows of its columns before it starts: statistics without rounding errors of order, centre, scales.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/clustering/kernel.hpp"
#include "base/exact_sum.hpp"
#include "comm/communicator.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::clustering {

/// Statistics of the whole matrix's columns x - centre, the same on every rank. Each block's sums run in row order in double and
/// are added exactly.
struct ColumnStatistics {
  std::vector<float> centre;      ///< what is taken from every row (in float32) before distances are formed
  bool is_centred = false;        ///< any centre is not 0
  std::vector<double> mean;       ///< of x - centre
  std::vector<double> magnitude;  ///< mean |x - centre|
  std::vector<double> variance;   ///< population variance
  std::vector<float> greatest_magnitude;
  double sum_of_squares = 0;  ///< over all values of x - centre
  std::vector<base::FixedScale> scales;

  double mean_variance() const noexcept;
};

/// Refuses NaN, infinities and magnitudes above 1e16 (whose squares float32 cannot add), with their count and first row. A column
/// whose mean exceeds its deviation is centred at its mean; the others stay, at no loss of digits. Collective. Two passes over
/// the matrix if a column is to be centred, one otherwise; sends 8 d (3 * base::ExactSum::limb_count) + 8 d + 24 bytes a pass.
ColumnStatistics column_statistics(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                   const std::vector<std::string>& column_names);

}  // namespace fullbase::clustering
