// The inner loops of matrix factorisation, once per instruction set, all with the same bits: vector lanes run across outputs, the
// depth in one order. Included by files that are compiled for one instruction set each, so it includes nothing of the standard
// library: an inline function compiled there could end up in code that every CPU runs.
#pragma once

#include <stdint.h>

namespace fullbase::recommendation::kernel {

inline constexpr int64_t lane_multiple = 16;  ///< rows of factors are padded with zeros to a multiple of so many values
inline constexpr int64_t panel_rows = 64;     ///< rows that gram() takes at most: two panels stay in a core's first cache

struct Table {
  /// rows[i * stride + f] = panel[places[i] * stride + f] and scaled[i * stride + f] = weights[i] * that, f < stride.
  void (*pack)(const float* panel, const int32_t* places, const float* weights, int64_t count, int64_t stride, float* rows,
               float* scaled);

  /// For b <= a < size: gram[a * stride + b] = fma(scaled[i * stride + a], rows[i * stride + b], ...) from row 0 on. What else
  /// the rows of `gram` hold is of no meaning afterwards.
  void (*gram)(const float* rows, const float* scaled, int64_t count, int64_t size, int64_t stride, float* gram);

  /// sums[b] = fma(weights[i], rows[i * stride + b], sums[b]) from row 0 on, b < stride.
  void (*weighted_sum)(const float* rows, const float* weights, int64_t count, int64_t stride, float* sums);

  /// into[i] += values[i], i < count, a multiple of lane_multiple.
  void (*add)(const float* values, int64_t count, double* into);

  /// scores[i] = sum_f x[f] panel[places[i] * stride + f], in double: eight running sums by fma, factor f to sum f mod 8, added
  /// pairwise ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)).
  void (*scores)(const float* x, const float* panel, const int32_t* places, int64_t count, int64_t stride, double* scores);

  /// Solves A x = b for the symmetric A whose lower triangle lies at a[i * stride + j], j <= i < size; x replaces b. `a` is
  /// overwritten, and so is `work`, of size * stride values. Returns false where A is not positive definite: then x means
  /// nothing.
  bool (*solve)(double* a, double* work, int64_t size, int64_t stride, double* b);
};

extern const Table baseline;
extern const Table avx2;
extern const Table avx512;

/// The table of base::active_isa().
const Table& active() noexcept;

}  // namespace fullbase::recommendation::kernel
