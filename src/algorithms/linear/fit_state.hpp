// Where a fit of a linear model stands.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/state.hpp"

namespace fullbase::linear {

/// One Newton step.
struct Iteration {
  int output = 0;             ///< the class of a one-against-rest fit; 0 otherwise
  int iteration = 0;          ///< from 0, which is the start
  double objective = 0;       ///< C sum_i w_i loss_i + 0.5 ||w||^2; without penalty, sum_i w_i loss_i
  double gradient_norm = 0;   ///< Euclidean, of that objective in the encoded columns
  double step = 0;            ///< share of the Newton step that was taken
  std::int64_t products = 0;  ///< Hessian-vector products that it took; 0 where the Hessian itself was factored
  friend bool operator==(const Iteration&, const Iteration&) = default;
};

/// Where Newton's method stands, or ended.
struct Descent {
  std::vector<double> coefficients;
  std::vector<double> last_step;  ///< where the last Newton step pointed that left no more out than the first
  std::vector<Iteration> history;
  double first_norm = 0;  ///< the scaled norm of the gradient at the start, which the tolerance is a share of
  bool converged = false;
  std::vector<std::int64_t> undetermined;  ///< coefficients that the first factor left out

  /// Whether no further iteration would do more: it has converged, or no step lowered the objective.
  bool has_ended() const noexcept { return converged || (history.size() > 1 && history.back().step == 0); }
  friend bool operator==(const Descent&, const Descent&) = default;
};

/// What an interrupted fit needs to go on with the same result, on any ranks: the descents of its outputs so far, the last of
/// which is the one that runs. The same on every rank; 16 bytes a coefficient and little more. Of a fit that has ended, to go on
/// takes the passes that look for separation.
struct FitState {
  std::vector<Descent> descents;
};

/// Puts a state as arrays whose names begin with `part`, and reads it. Not collective; reading throws what the reader throws.
void put_state(data::StateWriter& writer, const std::string& part, const FitState& state);
FitState read_state(const data::StateReader& reader, const std::string& part);

/// Called on every rank after each iteration with the same values; it may communicate and, on all ranks alike, throw.
using FitObserver = std::function<void(const FitState& state)>;

}  // namespace fullbase::linear
