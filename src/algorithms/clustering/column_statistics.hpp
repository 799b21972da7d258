// What k-means knows of its columns before it starts: statistics without rounding errors of order, centre, scales.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/clustering/kernel.hpp"
#include "base/exact_sum.hpp"
#include "base/matrix_view.hpp"
#include "comm/communicator.hpp"
#include "data/matrix_blocks.hpp"

namespace fullbase::clustering {

/// Greatest magnitude of a value: float32 can still add the squares of 65,536 of them.
inline constexpr float greatest_magnitude_allowed = 1e16F;

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
  /// The rows of `values` less the centre, in `buffer` with the same stride; `values` themselves where no column is centred.
  base::matrix_view<const float> centred(base::matrix_view<const float> values, std::vector<float>& buffer) const;
};

/// Refuses NaN, infinities and magnitudes above greatest_magnitude_allowed, with their count and first row. A column
/// whose mean exceeds its deviation is centred at its mean; the others stay, at no loss of digits. Collective. Two passes over
/// the matrix if a column is to be centred, one otherwise; sends 8 d (3 * base::ExactSum::limb_count + 2) + 24 bytes a pass.
/// kmeans() and criteria() of one matrix share what this returns.
ColumnStatistics column_statistics(comm::Communicator& communicator, const data::MatrixBlocks& matrix,
                                   const std::vector<std::string>& column_names);

}  // namespace fullbase::clustering
