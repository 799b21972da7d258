// Alternating least squares: factors of customers and items, one side solved while the other stands.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "algorithms/recommendation/factor_rows.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "random/generator.hpp"

namespace fullbase::recommendation {

/// What is minimised over x_u, y_i (and, for ratings with biases, b_u, b_i).
enum class Feedback : std::uint8_t {
  /// Hu, Koren, Volinsky 2008: sum over all u, i of c_ui (p_ui - x_u . y_i)^2 + penalty, with p_ui = 1 and
  /// c_ui = 1 + alpha r_ui where there is an entry r_ui > 0, p_ui = 0 and c_ui = 1 where there is none.
  implicit,
  /// Zhou et al. 2008: sum over the entries of (r_ui - x_u . y_i)^2 + penalty. With biases (Koren, Bell, Volinsky 2009) r_ui less
  /// mean, b_u and b_i in place of r_ui, the biases penalised as factors are.
  explicit_
};

enum class Solver : std::uint8_t {
  automatic,  ///< Cholesky up to 128 unknowns, conjugate gradient above
  cholesky,
  conjugate_gradient
};

struct AlsOptions {
  Feedback feedback = Feedback::implicit;
  int rank = 64;
  double regularisation = 0.01;
  bool weighted = false;  ///< the penalty of a row counts as often as it has entries (ALS-WR)
  bool biases = true;     ///< explicit only
  double alpha = 1;       ///< implicit only
  int iterations = 15;
  double tolerance = 0;  ///< ends where an iteration lowers the objective by no more than this share of it
  Solver solver = Solver::automatic;
  int steps = 3;  ///< of conjugate gradient a row and half step
};

struct AlsRound {
  int iteration = 0;  ///< from 1 on
  double objective = 0;
  double rmse = 0;  ///< explicit: over the entries
};

/// The score of a pair is mean + the product of its two rows. Rows of customers: x_u, and with biases b_u and 1; of items: y_i,
/// and with biases 1 and b_i.
struct Factors {
  int rank = 0;
  bool biases = false;
  double mean = 0;       ///< of all entries, with biases; else 0
  FactorRows customers;  ///< this rank's, of columns() values
  FactorRows items;

  int columns() const noexcept { return rank + (biases ? 2 : 0); }
};

/// Uniform draws around 0, by row number and factor, of deviation 1 / sqrt(size) at most: the same for any ranks.
FactorRows random_factors(const random::Generator& generator, std::int64_t first_row, std::int64_t rows, int size, int side);

/// One half step: each of this rank's rows becomes the minimum while the other side stands. `panel`: the other side's rows by the
/// columns of `entries`; `gram`: Y'Y of all of them, for the implicit objective (else empty). Not collective; threads share the
/// rows. A row of n entries: pieces of 512 entries are summed in float32 in the order of columns, pieces in double, and the
/// system is solved in double by Cholesky's method: the same bits on any ranks, threads and CPU. Cost: n f^2 / 2 + f^3 / 3
/// multiply-adds a row. Memory: 20 f^2 bytes a thread, f rounded up to 16.
void solve_rows(const SparseRows& entries, const FactorRows& panel, const std::vector<double>& gram, const AlsOptions& options,
                FactorRows& into);

/// This rank's share of the objective's terms that entries have, summed exactly over ranks; both sides' squares and, for the
/// implicit objective, what all pairs without an entry cost come from the Gramians. Collective.
double objective(comm::Communicator& communicator, const SparseRows& entries, const FactorRows& rows, const FactorRows& panel,
                 const std::vector<double>& rows_gram, const std::vector<double>& panel_gram, const AlsOptions& options);

/// Collective. `interactions` is used up: its columns become places among needed rows. Calls `observe` after each iteration
/// (customers, then items).
Factors fit_als(comm::Communicator& communicator, Interactions& interactions, const AlsOptions& options,
                const random::Generator& generator, const std::function<void(const AlsRound&)>& observe = {});

}  // namespace fullbase::recommendation
