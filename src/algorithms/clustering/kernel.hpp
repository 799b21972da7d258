// The inner loops of k-means, once per instruction set, all with the same bits: vector lanes run across centroids or columns, and
// each sum has one order. Included by files that are compiled for one instruction set each, so it includes nothing of the
// standard library: an inline function compiled there could end up in code that every CPU runs.
#pragma once

#include <stdint.h>

namespace fullbase::clustering::kernel {

inline constexpr int lanes = 16;              ///< centroids in a group
inline constexpr int tile_groups = 4;         ///< groups in a tile
inline constexpr int64_t sum_lanes = 8;       ///< running sums of an ordered double sum over columns
inline constexpr int64_t candidate_max = 16;  ///< centroids that candidate_distances takes

/// Centroids as assign() reads them. Groups of 16 centroids, four groups a tile, the last tile with as many as are left; a tile
/// holds for each column j the values -2 c_j of its centroids side by side. Centroids beyond the last have norm +inf, values 0.
struct Panel {
  const float* values;  ///< 64-byte aligned
  const float* norms;   ///< ||c||^2, 16 a group
  int64_t groups;
  int64_t columns;
};

/// Rows and where they begin: row i at x + i * stride.
struct Rows {
  const float* x;
  int64_t stride;
  int64_t count;
};

/// Fixed-point scales of the columns (base::FixedScale): q = round(x * multiplier), and if second, round((x - q * step) *
/// low_multiplier).
struct Scales {
  const double* multiplier;
  const double* step;
  const double* low_multiplier;  ///< 0 for a column with one limb
  int64_t columns;
  bool second;
};

/// What a block adds to a column's statistics, rows in order.
struct ColumnSums {
  double* sum;
  double* magnitude;  ///< sum of |x|
  double* square;
  float* least;
  float* greatest;
};

struct Table {
  /// For each row the score norm_c + sum_j x_j * (-2 c_j), one fma after the other from column 0 on: the lowest score's centroid
  /// (ties to the lowest number), that score, and where `second` is not null the lowest score among the others.
  void (*assign)(Rows rows, Panel panel, int32_t* label, float* best, float* second);

  /// out[i * 16 + c] = sum_j (x_j - c_j)^2 by fma in column order, for 16 centroids of which `centroids` holds for each column
  /// the values side by side (64-byte aligned).
  void (*candidate_distances)(Rows rows, const float* centroids, int64_t columns, float* out);

  /// out[i] = sum_j (x_j - c_j)^2 in double for c = centroids + label[i] * columns: eight running sums over j mod 8, added
  /// pairwise.
  void (*own_distances)(Rows rows, const float* centroids, int64_t columns, const int32_t* label, double* out);

  /// For each i < count, row r = index[i]: takes its fixed-point values from the sums of cluster from[r] (none if negative), adds
  /// them to those of to[r]. Cluster c's sums are at high + c * columns and low + c * columns.
  void (*move_rows)(Rows rows, const int32_t* index, int64_t count, const int32_t* from, const int32_t* to, Scales scales,
                    int64_t* high, int64_t* low);

  /// Adds the rows to the column sums, of x - centre in float.
  void (*column_sums)(Rows rows, const float* centre, int64_t columns, ColumnSums sums);

  /// out row i = x row i - centre, rows of `out` `out_stride` apart.
  void (*subtract)(Rows rows, const float* centre, int64_t columns, float* out, int64_t out_stride);
};

extern const Table baseline;
extern const Table avx2;
extern const Table avx512;

/// The table of base::active_isa().
const Table& active() noexcept;

}  // namespace fullbase::clustering::kernel
