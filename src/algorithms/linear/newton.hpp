// Newton's method for the objectives of linear models.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "algorithms/linear/fit.hpp"
#include "algorithms/linear/objective.hpp"

namespace fullbase::linear {

struct NewtonOptions {
  double tolerance = 1e-10;  ///< as FitOptions::tolerance
  int max_iterations = 100;
  bool factor = true;  ///< whether the Hessian is factored; else products with it solve for the step
};

struct NewtonResult {
  std::vector<double> coefficients;
  std::vector<double> last_step;  ///< where the last Newton step pointed that left no more out than the first
  std::vector<Iteration> history;
  bool converged = false;
  std::vector<std::int64_t> undetermined;  ///< coefficients that the first factor left out
};

/// Minimises the objective from `start` on. Collective; the same result on every rank.
///
/// Each step is a Newton direction, shortened until the objective falls by a ten-thousandth of what its slope promises (Armijo).
/// It ends when sqrt(sum_j g_j^2 / H_jj) is at most `tolerance` of its first value, or, when what a step could gain is below the
/// rounding of the objective, once that norm no longer halves.
NewtonResult minimise(const Objective& objective, std::vector<double> start, const NewtonOptions& options,
                      const std::function<void(Iteration)>& observer);

}  // namespace fullbase::linear
