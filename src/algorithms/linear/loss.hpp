// The losses of linear models over one block's rows, with their derivatives by the rows' scores.
#pragma once

#include <cstdint>
#include <vector>

namespace fullbase::linear {

enum class Loss : std::uint8_t {
  logistic,       ///< log(1 + exp(-y s)), y = 1 for the positive class and -1 for all others
  softmax,        ///< -log p of the row's class, p the softmax of a score a class
  squared_hinge,  ///< max(0, 1 - y s)^2
};

/// A block's losses at given scores. Scores of output k are at scores + k * base::block_rows; so is what comes out by output.
/// Rows of weight 0 add nothing. Transcendentals from base/math, sums in one order: the same bits on every CPU.
class BlockLoss {
 public:
  BlockLoss(Loss loss, int outputs, int positive);

  /// The sum of weighted losses; infinite or NaN where scores are too great. Keeps what the calls below need.
  double evaluate(const double* scores, const std::int32_t* codes, const double* weights);

  /// Weighted first derivatives by output k's score, a row.
  const double* first(int k) const noexcept;
  /// Weighted second derivatives by the scores of outputs k and l, a row.
  void second(int k, int l, double* out) const;
  /// out_k = sum_l second(k, l) * v_l, a row and output; `out` may be `v`.
  void product(const double* v, double* out) const;

  static std::int64_t bytes(int outputs) noexcept;

 private:
  void logistic(const double* scores, const std::int32_t* codes, const double* weights);
  void softmax(const double* scores, const std::int32_t* codes, const double* weights);
  void squared_hinge(const double* scores, const std::int32_t* codes, const double* weights);

  Loss loss_;
  int outputs_;
  int positive_;
  std::vector<double> first_;
  std::vector<double> second_;  ///< one output: second derivatives; softmax: probabilities
  std::vector<double> weights_;
  std::vector<double> losses_;
  std::vector<double> terms_;
};

}  // namespace fullbase::linear
