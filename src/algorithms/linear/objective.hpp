// What a fit minimises, with its derivatives: passes over the rows of a design.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/linear/design.hpp"
#include "algorithms/linear/loss.hpp"
#include "base/int128.hpp"
#include "comm/communicator.hpp"

namespace fullbase::linear {

struct ObjectiveOptions {
  Loss loss = Loss::logistic;
  int outputs = 1;
  int positive = 1;                  ///< the class of y = 1 where there is one output
  std::vector<double> weights = {};  ///< by class, C included
  double ridge = 1;                  ///< how much 0.5 ||w||^2 counts
  double intercept_ridge = 0;        ///< ... and 0.5 b^2
};

/// sum_i weight_i loss_i + 0.5 ridge ||w||^2 + 0.5 intercept_ridge b^2 over all ranks' rows. Coefficients are outputs x
/// Encoding::places() doubles, equal on every rank. Members that pass over rows are collective, give the same bits on any ranks,
/// threads, memory and CPU, and throw what reading spilled rows throws, on every rank.
class Objective {
 public:
  /// `codes` has the class of each local row. All are kept by reference.
  Objective(comm::Communicator& communicator, const Design& design, std::span<const std::int32_t> codes,
            ObjectiveOptions options);

  std::int64_t size() const noexcept { return options_.outputs * places_; }
  std::int64_t places() const noexcept { return places_; }
  const ObjectiveOptions& options() const noexcept { return options_; }
  std::int64_t rows() const noexcept { return design_.rows(); }
  /// How much half the square of a coefficient counts.
  double ridge(std::int64_t coefficient) const noexcept {
    return coefficient % places_ == intercept_ ? options_.intercept_ridge : options_.ridge;
  }

  enum class Second : std::uint8_t { diagonal, full };
  struct Value {
    double objective = 0;  ///< infinite where it is beyond doubles; then nothing else is set
    std::vector<double> gradient;
    std::vector<double> diagonal;  ///< of the Hessian
    std::vector<double> hessian;   ///< size() x size(), symmetric; only for Second::full
  };
  /// One pass. Sends 560 + 16 size() bytes, and 16 a value of the diagonal or of the upper triangles.
  Value evaluate(std::span<const double> coefficients, Second second) const;

  /// The Hessian at `coefficients` times v: one pass, 16 size() bytes sent.
  std::vector<double> product(std::span<const double> coefficients, std::span<const double> v) const;

  /// The least and the greatest margin among the rows: how far the score is on the class's side; of several outputs, how far the
  /// class's is above the others'. One pass.
  struct Margins {
    double least = 0;
    double greatest = 0;
  };
  Margins margins(std::span<const double> coefficients) const;

  /// Bytes that passes take on a rank: `threads` times what one needs for its sums and scratch.
  static std::int64_t bytes(std::int64_t places, int outputs, Second second, int threads) noexcept;

 private:
  struct Share;
  struct Scales;

  Share share(Second second) const;
  Scales scales(std::span<const double> coefficients) const;
  /// Greatest magnitude that a row's score of any output can have.
  double greatest_score(std::span<const double> coefficients) const;
  void prepare_block(const DesignBlock& block, Share& share) const;
  void score(const DesignBlock& block, std::span<const double> coefficients, double* scores) const;
  /// Adds X'values of output k to sums.
  void add_transposed(const DesignBlock& block, const double* values, int k, double dense_multiplier, double row_multiplier,
                      Share& share) const;
  void add_diagonal(const DesignBlock& block, const Scales& scales, Share& share) const;
  void add_hessian(const DesignBlock& block, const Scales& scales, Share& share) const;
  std::vector<double> gradient_of(std::span<const base::int128> sums, double dense_multiplier, double row_multiplier) const;
  void fill_hessian(std::span<const base::int128> sums, const Scales& scales, Value& value) const;
  std::int64_t triangle() const noexcept { return places_ * (places_ + 1) / 2; }

  comm::Communicator& communicator_;
  const Design& design_;
  std::span<const std::int32_t> codes_;
  ObjectiveOptions options_;
  std::int64_t places_;
  std::int64_t intercept_;
  double greatest_weight_ = 0;
  std::vector<double> units_;  ///< by dense column: what takes its values below 1
};

}  // namespace fullbase::linear
