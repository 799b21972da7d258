// Logistic regression and the linear SVM, fitted to rows that stay where they are, with the same result on any ranks, threads and
// memory.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "algorithms/learning/target.hpp"
#include "algorithms/linear/design.hpp"
#include "algorithms/linear/fit_state.hpp"
#include "comm/communicator.hpp"
#include "data/budget.hpp"

namespace fullbase::linear {

/// No penalty.
inline constexpr double unpenalised = std::numeric_limits<double>::infinity();

struct FitOptions {
  double c = 1;  ///< what a row's loss counts beside the penalty 0.5 ||w||^2: scikit-learn's C; or unpenalised
  std::vector<double> class_weights = {};  ///< by class, each above 0; empty: 1
  /// A fit ends when the gradient's norm, each term divided by the root of the Hessian's, is this of what it was at the start.
  double tolerance = 1e-10;
  int max_iterations = 100;
  /// How much 0.5 b^2 counts in the objective, b the intercept of centred numbers; liblinear's `intercept_scaling` s is 1 / s^2
  /// where the columns' means are 0.
  double intercept_penalty = 0;
};

/// Whether a hyperplane parts the classes, so that without a penalty no finite coefficients are best and with one it is the
/// penalty that they come from.
enum class Separation : std::uint8_t {
  none,      ///< none was found
  quasi,     ///< every row is on its class's side of one or on it; looked for without penalty only
  complete,  ///< every row is on its class's side of the fit (of more than two classes: its class's score is the greatest)
};

struct LinearFit {
  int outputs = 1;                   ///< 1 for two classes: the score of the second; else one a class
  std::vector<double> coefficients;  ///< outputs x Encoding::places(), of the encoded rows
  std::vector<Iteration> history;
  bool converged = false;    ///< of a one-against-rest fit: every output's
  double objective = 0;      ///< sum over outputs
  double gradient_norm = 0;  ///< greatest over outputs
  Separation separation = Separation::none;
  /// Places whose columns follow from those before them; without a penalty their coefficients stay 0.
  std::vector<std::int64_t> undetermined;
};

/// Bytes that a fit takes from the budget beside its design, `outputs` as LinearFit's (of a one-against-rest fit 1).
std::int64_t fit_bytes(std::int64_t rows, std::int64_t places, std::int64_t outputs);

/// Whether the Hessian of so many coefficients is formed and factored; otherwise products with it solve for the step. A function
/// of sizes alone.
bool factors_hessian(std::int64_t rows, std::int64_t coefficients) noexcept;

/// Minimises C sum_i w_i loss_i + 0.5 ||w||^2, w_i the weight of the row's class, the intercept not in w: logistic loss for two
/// classes, softmax for more (symmetric: one vector a class). The coefficients are scikit-learn's, of the same columns.
///
/// Newton's method with the exact Hessian and a Cholesky factor for few coefficients, Newton-CG with its diagonal as
/// preconditioner for many (C.-J. Lin, R. C. Weng, S. S. Keerthi 2008; MPI-LIBLINEAR), each with a backtracking line search. An
/// iteration is one pass over the rows, which yields loss, gradient and Hessian (or its diagonal); a product is one more,
/// X'(D(Xv)) fused.
///
/// Collective; the same result on every rank. Sums over a block run in one order, sums over blocks are exact integers on scales
/// that follow from the columns' magnitudes: 2^-100 of the greatest that they could be.
///
/// Errors, known to all: input_data for a class whose weight is 0; job_file for too little memory (fit_bytes()). A fit that ends
/// by max_iterations says so.
///
/// A fit that resumes passes over the rows once more, where it was broken off.
///
/// Cost of an iteration, n rows, d dense columns, c categorical features, K outputs: n (d + c) K multiply-adds, and for the exact
/// Hessian n (d (d + 1) / 2 + c (d + c)) K (K + 1) / 2. Sends 16 bytes a coefficient and for the exact Hessian 16 bytes an entry
/// of its upper triangle (for K > 1: of each pair of outputs), else of its diagonal, and 560 bytes; a product 16 bytes a
/// coefficient.
LinearFit fit_logistic(comm::Communicator& communicator, const Design& design, const learning::Target& target,
                       const FitOptions& options, data::Budget& budget, const FitObserver& observer = {},
                       const FitState* resume = nullptr);

/// Minimises C sum_i w_i max(0, 1 - y_i score_i)^2 + 0.5 ||w||^2: liblinear's L2-regularised L2-loss SVC in its primal form, but
/// that the intercept is no part of w unless FitOptions::intercept_penalty says so. More than two classes: each against the rest.
/// All else as fit_logistic(), with the generalised Hessian.
LinearFit fit_squared_hinge(comm::Communicator& communicator, const Design& design, const learning::Target& target,
                            const FitOptions& options, data::Budget& budget, const FitObserver& observer = {},
                            const FitState* resume = nullptr);

}  // namespace fullbase::linear
