// The exact two-class support vector machine with the radial basis function kernel, on rows that stay on their ranks.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/kernel_machines/row_panel.hpp"
#include "algorithms/kernel_machines/working_set.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::kernel_machines {

/// This rank's rows of a two-class problem.
struct SmoProblem {
  const RowPanel& rows;
  /// Numbers of the rows, ascending within a rank and from rank to rank: ties go to the lowest.
  std::span<const std::int64_t> numbers;
  std::span<const double> signs;   ///< 1 or -1
  std::span<const double> bounds;  ///< C_i >= 0: at 0 a row counts for nothing
  double gamma = 1;
};

struct SmoOptions {
  double tolerance = 1e-3;                 ///< of the gap between the most violating rows, as LIBSVM's eps
  std::int64_t max_steps = 1'000'000'000;  ///< pairs that are optimised before it gives up
};

struct SmoResult {
  std::vector<double> alphas;  ///< of the local rows
  double bias = 0;             ///< f(x) = sum_i alpha_i y_i K(x_i, x) + bias
  double objective = 0;        ///< 1/2 a'Qa - e'a, which is minimised
  double gap = 0;              ///< what is left between the most violating rows
  std::int64_t steps = 0;      ///< pairs optimised
  std::int64_t rounds = 0;     ///< working sets
  std::int64_t support = 0;    ///< rows with alpha > 0, over all ranks
  bool converged = false;
};

/// What an interrupted solution needs to go on with the same result, on any ranks.
struct SmoState {
  std::span<const double> alphas;  ///< of the local rows
  std::span<const double> scores;  ///< of the local rows: y_i - sum_j alpha_j y_j K_ij
  SetPlaces set;                   ///< the same on every rank, as all below
  std::int64_t steps = 0;
  std::int64_t rounds = 0;
  double gap = 0;  ///< before the last round
};

/// Called on every rank at the end of each round; what the state refers to is there while the call lasts. It may communicate and,
/// on all ranks alike, throw.
using SmoObserver = std::function<void(const SmoState& state)>;

/// Collective. Minimises 1/2 a'Qa - e'a over 0 <= a_i <= C_i, y'a = 0, Q_ij = y_i y_j exp(-gamma ||x_i - x_j||^2), until the gap
/// is below the tolerance. A round takes the rows that violate the conditions most, and rows of the round before (512 in all), to
/// every rank; each solves that small problem in pairs chosen by second-order information (R.-E. Fan, P.-H. Chen, C.-J. Lin
/// 2005), all alike; then each brings the gradient of its own rows up to date, by the changed rows' kernel columns. A function of
/// the rows alone, to the bit. A problem of one class, or without rows that count, has all alphas 0 and the bias of its sign (0).
///
/// Memory: 48 bytes a local row, 20 KiB a feature, 2.1 MiB for the working set's kernel and 32 KiB a thread; where rows have 48
/// features and more, kernel columns (8 bytes a local row each) are kept as far as the budget goes, and otherwise computed again,
/// with the same bits. Cost: a kernel value (2 d operations and some 20) for each local row and changed row of a round. Sends
/// each round at most 256 candidates of 16 bytes a rank, 8 bytes a row of the working set, and 24 + 8 d a new one. One that
/// resumes, whose `resume` is looked at before the first round alone, sends the working set's rows once more.
SmoResult solve_smo(comm::Communicator& communicator, const SmoProblem& problem, const SmoOptions& options, data::Budget& budget,
                    const SmoObserver& observer = {}, const SmoState* resume = nullptr);

/// What solve_smo() requires of a rank's budget.
std::int64_t smo_bytes(std::int64_t local_rows, std::int64_t columns) noexcept;

}  // namespace fullbase::kernel_machines
