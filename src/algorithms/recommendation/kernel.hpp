// The inner loops of matrix factorisation, once per instruction set, all with the same bits: vector lanes run across outputs, the
// depth in one order. Included by files that are compiled for one instruction set each, so it includes nothing of the standard
// library: an inline function compiled there could end up in code that every CPU runs.
#pragma once

#include <stdint.h>

namespace fullbase::recommendation::kernel {

inline constexpr int64_t lane_multiple = 16;  ///< rows of factors are padded with zeros to a multiple of so many values
inline constexpr int64_t panel_rows = 64;     ///< rows that gram() best takes at a time: they stay in a core's first cache

/// Positions of values are those of rows of factors: row i of `rows` begins at rows + i * stride.
struct Table {
  /// rows[i * stride + f] = panel[places[i] * stride + f], f < stride.
  void (*gather)(const float* panel, const int32_t* places, int64_t count, int64_t stride, float* rows);

  /// With row i of `panel` at places[i]: for a <= b, b < size, gram[a * stride + b] = fma(row_i[a], weights[i] * row_i[b], ...)
  /// from row 0 on; where `weights` is null each is 1. What else the rows of `gram` hold is of no meaning afterwards. The rows at
  /// places[count ... count + ahead - 1] are the next that will be asked for.
  void (*gram)(const float* panel, const int32_t* places, const float* weights, int64_t count, int64_t ahead, int64_t size,
               int64_t stride, float* gram);

  /// sums[b] = fma(weights[i], row_i[b], sums[b]) from row 0 on, b < stride; rows as above, or where `places` is null one after
  /// the other.
  void (*weighted_sum)(const float* panel, const int32_t* places, const float* weights, int64_t count, int64_t stride,
                       float* sums);

  /// products[i] = sum_f x[f] rows[i * stride + f], rows being those at places[i] where `places` is not null: sixteen running
  /// sums by fma, factor f to sum f mod 16, of which s and s + 8 are added, then s and s + 4, s and s + 2, 0 and 1.
  void (*products)(const float* x, const float* rows, const int32_t* places, int64_t count, int64_t stride, float* products);

  /// into[i] += values[i], i < count, a multiple of lane_multiple.
  void (*add)(const float* values, int64_t count, double* into);

  /// Solves A x = b for the symmetric A whose upper triangle lies at a[i * stride + j], i <= j < size, by A = L D L', without
  /// square roots; x replaces b, of stride values. `a` has stride rows and is overwritten; what it holds elsewhere need only be
  /// finite. `work` has 32 * stride values. Returns false where A is not positive definite to rounding: then x means nothing.
  bool (*solve)(double* a, double* work, int64_t size, int64_t stride, double* b);
};

extern const Table baseline;
extern const Table avx2;
extern const Table avx512;

/// The table of base::active_isa().
const Table& active() noexcept;

}  // namespace fullbase::recommendation::kernel
