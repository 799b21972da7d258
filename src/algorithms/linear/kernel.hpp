// The inner loops of linear models over one block, once per instruction set, all with the same bits: vector lanes run across rows
// of the block, eight sums to a column or pair of columns, each in row order. Included by files that are compiled for one
// instruction set each, so it includes nothing of the standard library: an inline function compiled there could end up in code
// that every CPU runs.
#pragma once

#include <stdint.h>

namespace fullbase::linear::kernel {

inline constexpr int64_t rows = 1024;  ///< of a block, base::block_rows
inline constexpr int64_t lanes = 8;    ///< running sums of a sum over rows: row i belongs to sum i mod 8

/// A block's columns lie one after the other: value i of column j at x + j * rows. Sums over rows take eight running sums by fma
/// and add them pairwise: ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)).
struct Table {
  /// scores[i] = fma(x_j[i], weights[j], scores[i]), column after column.
  void (*add_scores)(const double* x, int64_t columns, const double* weights, double* scores);
  /// out[j] = sum_i x_j[i] * values[i].
  void (*dots)(const double* x, int64_t columns, const double* values, double* out);
  /// out[j] = sum_i (x_j[i] * weights[i]) * x_j[i].
  void (*squares)(const double* x, int64_t columns, const double* weights, double* out);
  /// out[j * stride + k] = sum_i (x_j[i] * weights[i]) * x_k[i] for j <= k; what lies below is left as it is.
  void (*gram)(const double* x, int64_t columns, const double* weights, double* out, int64_t stride);
};

extern const Table baseline;
extern const Table avx2;
extern const Table avx512;

/// The table of base::active_isa().
const Table& active() noexcept;

}  // namespace fullbase::linear::kernel
