// Newton's method for the objectives of linear models.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "algorithms/linear/fit_state.hpp"
#include "algorithms/linear/objective.hpp"

namespace fullbase::linear {

struct NewtonOptions {
  double tolerance = 1e-10;  ///< as FitOptions::tolerance
  int max_iterations = 100;
  bool factor = true;  ///< whether the Hessian is factored; else products with it solve for the step
  int output = 0;      ///< what its iterations say
};

/// Minimises the objective from `descent` on, which has coefficients alone, or is one that was broken off. Collective; the same
/// result on every rank.
///
/// Each step is a Newton direction, shortened until the objective falls by a ten-thousandth of what its slope promises (Armijo).
/// It ends when sqrt(sum_j g_j^2 / H_jj) is at most `tolerance` of its first value, or, when what a step could gain is below the
/// rounding of the objective, once that norm no longer halves. `observer` sees `descent` after each iteration.
void minimise(const Objective& objective, Descent& descent, const NewtonOptions& options, const std::function<void()>& observer);

}  // namespace fullbase::linear
