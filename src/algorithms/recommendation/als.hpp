// Alternating least squares: factors of customers and items, one side solved while the other stands.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/recommendation/factor_rows.hpp"
#include "algorithms/recommendation/factors_read.hpp"
#include "algorithms/recommendation/sparse_rows.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"
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

/// Ratings with biases; what AlsOptions::biases says of implicit feedback has no meaning.
inline bool has_biases(const AlsOptions& options) noexcept {
  return options.biases && options.feedback == Feedback::explicit_;
}

struct AlsRound {
  int iteration = 0;  ///< from 1 on
  double objective = 0;
  double rmse = 0;  ///< explicit: over the entries
  friend bool operator==(const AlsRound&, const AlsRound&) = default;
};

/// What an interrupted fit needs to go on with the same result, on any ranks (als_state.hpp). Of a fit that has ended: its
/// result.
struct AlsState {
  std::span<const AlsRound> rounds;  ///< so far; the same on every rank
  std::span<const float> customers;  ///< this rank's rows, as FactorRows has them: stride_of(columns) values a row
  std::span<const float> items;
};

/// Called on every rank at the end of each iteration with the same rounds; the rest is looked at while the call lasts. It may
/// communicate and, on all ranks alike, throw.
using AlsObserver = std::function<void(const AlsState& state)>;

/// Puts the rows of a state to where a fit has its own, and gives the rounds so far. Called once on every rank, not collectively.
using AlsResume = std::function<std::vector<AlsRound>(std::span<float> customers, std::span<float> items)>;

/// The score of a pair is mean + the product of its two rows. Rows of customers: x_u, and with biases b_u and 1; of items: y_i,
/// and with biases 1 and b_i.
struct Factors {
  int rank = 0;
  bool biases = false;
  double mean = 0;  ///< of all entries, with biases; else 0
  std::vector<AlsRound> rounds;
  FactorRows customers;  ///< this rank's, of columns() values
  FactorRows items;
  data::Reservation memory;

  int columns() const noexcept { return rank + (biases ? 2 : 0); }
};

/// What rows are solved with on a rank whose longest row has so many entries: HalfStep::bytes(), a thread 12 s^2 + 304 s, with
/// conjugate gradient 4 s more for each of up to 16,384 entries, and where a row has more than those 40 s^2; or, where it is
/// more, gramian_bytes() (implicit), and of both sides 8 f^2 + 4 f s.
std::int64_t bytes_to_solve(const AlsOptions& options, std::int64_t longest) noexcept;

/// Collective. Customers are solved, then items, `options.iterations` times or until the tolerance ends it; items begin with
/// draws of `generator` by their number, customers with zeros; those that `before` knows with what it has for them. A fit that
/// resumes goes on from there instead.
/// `interactions` is used up: its columns become places among rows that are here.
///
/// Throws the same error on every rank: a job-file error where factors do not fit the budget, an input error where a row's
/// factors are not determined (no regularisation and too few entries) or are beyond float32.
///
/// Bits: each row is solved whole (RowSolver); rows of more than work_entries entries in parts of so many, which threads share,
/// added in order. Gramians and objectives are exact sums over blocks. So any ranks, threads and budget give the same.
///
/// Memory, from the budget, for U customers and I items of this rank and f columns in rows of s = f rounded up to 16 values:
/// 4 s (U + I) bytes of factors; 4 s a row of other ranks that is needed here, of either side, and as much for what others need
/// from here: where a quarter of the budget left does not hold either, a half step goes in rounds, each fetched while the one
/// before is worked on; what NeededRows holds; and bytes_to_solve() for the rank's longest row.
/// Sends, a half step: gramian() (implicit), and 4 f bytes for each row of another rank that is needed, once a round.
/// Cost: RowSolver's, and the objective's f multiply-adds an entry.
Factors fit_als(comm::Communicator& communicator, Interactions& interactions, const AlsOptions& options,
                const random::Generator& generator, data::Budget& budget, const AlsObserver& observe = {},
                std::optional<FactorsBefore> before = {}, const AlsResume& resume = {});

}  // namespace fullbase::recommendation
