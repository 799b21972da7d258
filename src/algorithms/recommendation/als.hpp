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

/// What is minimised over x_u, y_i.
enum class Objective : std::uint8_t {
  /// Hu, Koren, Volinsky 2008: sum over all u, i of c_ui (p_ui - x_u . y_i)^2 + regularisation (sum |x|^2 + sum |y|^2), with p_ui
  /// = 1
  /// and c_ui = 1 + alpha r_ui where there is an entry r_ui > 0, p_ui = 0 and c_ui = 1 where there is none.
  implicit,
  /// Zhou et al. 2008 without weighting: sum over the entries of (r_ui - x_u . y_i)^2 + regularisation (sum |x|^2 + sum |y|^2).
  explicit_
};

struct AlsOptions {
  Objective objective = Objective::implicit;
  int factors = 64;
  double regularisation = 0.01;
  double alpha = 1;
  int iterations = 15;
};

struct AlsRound {
  int iteration = 0;  ///< from 1 on
  double objective = 0;
};

struct Factors {
  FactorRows customers;  ///< this rank's
  FactorRows items;
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
