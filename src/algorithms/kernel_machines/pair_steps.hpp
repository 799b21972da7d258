// The small problem of a round: a few hundred rows whose kernel is in memory.
#pragma once

#include <cstdint>
#include <span>

namespace fullbase::kernel_machines {

/// One side's greatest score and the other's least: what is left to gain.
struct Gap {
  double highest = 0;  ///< greatest score of a row whose y alpha may grow; -inf: none
  double lowest = 0;   ///< least score of a row whose y alpha may shrink; inf: none

  double width() const noexcept { return highest - lowest; }
};

/// Whether y alpha may grow, and whether it may shrink.
inline bool may_rise(double sign, double alpha, double bound) noexcept {
  return sign > 0 ? alpha < bound : alpha > 0;
}
inline bool may_fall(double sign, double alpha, double bound) noexcept {
  return sign > 0 ? alpha > 0 : alpha < bound;
}

/// Rows of a small problem; scores are y_i - sum_j alpha_j y_j K_ij, which is -y_i times the gradient.
struct SmallProblem {
  std::span<const double> kernel;  ///< row i, column j at [i * stride + j]
  std::int64_t stride = 0;
  std::span<const double> signs;
  std::span<const double> bounds;
  std::span<double> alphas;
  std::span<double> scores;
};

/// Optimises pairs until the gap is below `tolerance`, or max_steps are done; returns the steps. The first row is the one of the
/// greatest score, the second the one that gains most with it by second-order information; ties to the lowest position. Not
/// collective. Cost: about 3 operations a row and step.
std::int64_t optimise_pairs(const SmallProblem& problem, double tolerance, std::int64_t max_steps);

}  // namespace fullbase::kernel_machines
