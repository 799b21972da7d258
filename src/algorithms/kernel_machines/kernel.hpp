// The inner loops of kernel machines, once per instruction set, all with the same bits: vector lanes run across rows, the depth
// in the order of the features. Included by files that are compiled for one instruction set each, so it includes nothing of the
// standard library: an inline function compiled there could end up in code that every CPU runs.
#pragma once

#include <stdint.h>

namespace fullbase::kernel_machines::kernel {

inline constexpr int64_t block_rows = 1024;  ///< rows of a block; feature f of row i lies at x[f * block_rows + i]
inline constexpr int64_t point_group = 4;    ///< points whose distances are computed side by side
inline constexpr int64_t row_multiple = 16;  ///< rows are computed in whole groups of this many; those of a block are padded

struct Table {
  /// out[p * block_rows + i] = sum_f (x_if - point_pf)^2 by fma from feature 0 on, for `rows` rows rounded up to row_multiple.
  /// Feature f of point p lies at points[p * columns + f].
  void (*squared_distances)(const double* x, int64_t rows, const double* points, int64_t count, int64_t columns, double* out);

  /// out[p * block_rows + i] = sum_k weights[p * stride + k] * x[k * block_rows + i] by fma from k = 0 on, k < depth, for rows as
  /// above.
  void (*weighted_sums)(const double* x, int64_t rows, const double* weights, int64_t count, int64_t stride, int64_t depth,
                        double* out);

  /// sums[i] = fma(factor, values[i], sums[i]), for `rows` rows rounded up to row_multiple.
  void (*add_scaled)(const double* values, double factor, int64_t rows, double* sums);

  /// out[p * block_rows + i] = exp(-gamma d), d the squared distance as above; 0 below exp(-708). Within 2 ulp; 1 for d = 0.
  void (*rbf)(const double* x, int64_t rows, const double* points, int64_t count, int64_t columns, double gamma, double* out);
};

extern const Table baseline;
extern const Table avx2;
extern const Table avx512;

/// The table of base::active_isa().
const Table& active() noexcept;

}  // namespace fullbase::kernel_machines::kernel
