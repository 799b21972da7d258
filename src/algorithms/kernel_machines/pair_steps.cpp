#include "algorithms/kernel_machines/pair_steps.hpp"

#include <algorithm>
#include <limits>

namespace fullbase::kernel_machines {

namespace {

constexpr double least_curvature = 1e-12;  // LIBSVM's tau: equal rows have none

/// Moves y alpha of row i up and that of row j down by `by`, exactly onto a bound that stops it.
struct Move {
  double by = 0;
  bool first_stops = false;
  bool second_stops = false;
};

Move longest_move(const SmallProblem& problem, std::size_t i, std::size_t j, double wanted) {
  const double room_i = problem.signs[i] > 0 ? problem.bounds[i] - problem.alphas[i] : problem.alphas[i];
  const double room_j = problem.signs[j] > 0 ? problem.alphas[j] : problem.bounds[j] - problem.alphas[j];
  const double by = std::min({wanted, room_i, room_j});
  return {by, by >= room_i, by >= room_j};
}

void apply(const SmallProblem& problem, std::size_t i, std::size_t j, const Move& move) {
  auto& a = problem.alphas[i];
  auto& b = problem.alphas[j];
  const bool rises = problem.signs[i] > 0;
  const bool falls = problem.signs[j] > 0;
  // A sum may round beyond the bound that it stays below.
  if (move.first_stops)
    a = rises ? problem.bounds[i] : 0.0;
  else
    a = rises ? std::min(a + move.by, problem.bounds[i]) : std::max(a - move.by, 0.0);
  if (move.second_stops)
    b = falls ? 0.0 : problem.bounds[j];
  else
    b = falls ? std::max(b - move.by, 0.0) : std::min(b + move.by, problem.bounds[j]);
}

}  // namespace

std::int64_t optimise_pairs(const SmallProblem& problem, double tolerance, std::int64_t max_steps) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto count = problem.signs.size();
  const auto row_of = [&](std::size_t i) { return problem.kernel.data() + static_cast<std::int64_t>(i) * problem.stride; };
  for (std::int64_t step = 0; step < max_steps; ++step) {
    std::size_t i = count;
    double highest = -infinity;
    for (std::size_t k = 0; k < count; ++k)
      if (problem.scores[k] > highest && may_rise(problem.signs[k], problem.alphas[k], problem.bounds[k]))
        highest = problem.scores[k], i = k;
    if (i == count) return step;
    const double* const first = row_of(i);
    std::size_t j = count;
    double lowest = infinity;
    double most = -infinity;
    for (std::size_t k = 0; k < count; ++k) {
      const double gain = highest - problem.scores[k];
      if (gain <= 0 && problem.scores[k] >= lowest) continue;
      if (!may_fall(problem.signs[k], problem.alphas[k], problem.bounds[k])) continue;
      lowest = std::min(lowest, problem.scores[k]);
      if (gain <= 0) continue;
      const double curvature = std::max(2 - 2 * first[k], least_curvature);
      const double decrease = gain * gain / curvature;
      if (decrease > most) most = decrease, j = k;
    }
    if (j == count || highest - lowest < tolerance) return step;
    const double curvature = std::max(2 - 2 * first[j], least_curvature);
    const auto move = longest_move(problem, i, j, (highest - problem.scores[j]) / curvature);
    apply(problem, i, j, move);
    const double* const second = row_of(j);
    for (std::size_t k = 0; k < count; ++k) problem.scores[k] -= move.by * (first[k] - second[k]);
  }
  return max_steps;
}

}  // namespace fullbase::kernel_machines
