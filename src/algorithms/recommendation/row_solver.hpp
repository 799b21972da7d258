// The factors of one row, from what it has entries with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/recommendation/als.hpp"
#include "base/aligned_vector.hpp"

namespace fullbase::recommendation {

/// The side that stands while the other is solved.
struct StandingSide {
  const float* rows = nullptr;  ///< entries' columns are places among them
  std::int64_t stride = 0;
  int bias = 0;           ///< with biases: the column of these rows that has their own; it is 1 in the other side's
  int bias_of_other = 0;  ///< and that of the other side's
  double mean = 0;
  std::span<const double> gram = {};        ///< implicit: Y'Y of all rows, rank x rank
  std::span<const float> gram_floats = {};  ///< the same, rank rows of stride values, for conjugate gradient
};

/// Normal equations A x = b of a row: the upper triangle of A, as kernel::Table::solve() wants it.
struct NormalEquations {
  base::AlignedVector<double> matrix;
  base::AlignedVector<double> right;

  explicit NormalEquations(std::int64_t stride)
      : matrix(static_cast<std::size_t>(stride * stride)), right(static_cast<std::size_t>(stride)) {}
  static std::int64_t bytes(std::int64_t stride) noexcept { return 8 * stride * (stride + 1); }
  void add(const NormalEquations& other);
};

/// What a thread solves one row after the other with. Entries are summed in float32 in pieces of piece_entries, in their order,
/// pieces in double: the same bits on any CPU. Memory: bytes().
class RowSolver {
 public:
  static constexpr std::int64_t piece_entries = 512;

  RowSolver(const AlsOptions& options, const StandingSide& side);

  /// At most, where solve() gets rows of no more than so many entries: 12 stride^2 + 304 stride + 1 KiB, and with conjugate
  /// gradient 4 stride + 12 for each of the entries.
  static std::int64_t bytes(const AlsOptions& options, std::int64_t entries) noexcept;

  /// Replaces `row`, whose entries these are, all of them, by the minimum, or by what conjugate gradient makes of it. False where
  /// there is no only minimum. Cost: entries n^2 / 2 + n^3 / 6 multiply-adds for n unknowns; with conjugate gradient
  /// 2 n (steps + 1) an entry, and the Gramian's n^2 (steps + 1).
  bool solve(std::span<const std::int32_t> columns, std::span<const float> values, float* row);

  /// For rows of very many entries: their normal equations, a part of the entries at a time, whose sums in order are the whole.
  void set_equations(std::span<const std::int32_t> columns, std::span<const float> values, NormalEquations& equations);
  /// Solves the whole of a row of so many entries.
  bool solve(NormalEquations& equations, std::int64_t entries, float* row);

 private:
  using Floats = base::AlignedVector<float>;
  double penalty(std::int64_t entries) const noexcept {
    return options_.regularisation * (options_.weighted ? static_cast<double>(entries) : 1);
  }
  void add_piece(std::span<const std::int32_t> columns, std::span<const float> values, NormalEquations& equations);
  /// weights_ and targets_ of entries, from the first on.
  void weigh(std::span<const std::int32_t> columns, std::span<const float> values);
  bool solve_exactly(NormalEquations& equations, float* row);
  bool solve_by_gradient(std::span<const std::int32_t> columns, std::span<const float> values, float* row);
  /// Steps from x_, whose residual is residual_; product(of, image): A times a vector.
  template <class Product>
  void descend(const Product& product);
  /// x_ from a row of factors, and a row from a solution.
  void take(const float* row);
  void put(const float* solution, float* row) const;

  const AlsOptions& options_;
  StandingSide side_;
  bool biases_;
  std::int64_t stride_;
  std::int64_t unknowns_;
  NormalEquations equations_;
  Floats rows_;  ///< conjugate gradient: of the row's entries
  Floats piece_, piece_right_, piece_bias_;
  std::vector<float> weights_, targets_, ones_, products_;
  base::AlignedVector<double> work_;
  base::AlignedVector<double> sums_;
  Floats x_, residual_, direction_, image_;
};

/// Whether such factors are solved by conjugate gradient.
bool uses_conjugate_gradient(const AlsOptions& options) noexcept;

}  // namespace fullbase::recommendation
