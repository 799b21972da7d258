// Products of many rows of factors with many others', of which only the great ones are kept: once per instruction set, all with
// the same bits, since vector lanes run across items and the depth in one order. Included by files that are compiled for one
// instruction set each, so it includes nothing of the standard library (see kernel.hpp).
#pragma once

#include <stdint.h>

namespace fullbase::recommendation::product_kernel {

inline constexpr int64_t tile_rows = 8;     ///< rows of customers side by side
inline constexpr int64_t panel_items = 48;  ///< items side by side: with 64 factors a panel stays in a core's first cache

/// What a row has found in a panel.
struct Hit {
  float scores[panel_items];
  uint64_t found;  ///< bit i: scores[i] is no less than the row's least
  int64_t row;
};

struct Table {
  /// The score of row t * tile_rows + r and item i of the panel is shift + sum_f rows[(t * depth + f) * tile_rows + r] *
  /// panel[f * panel_items + i], summed from 0 by fma from factor 0 on. Writes a hit for each row, in their order, with a score
  /// that is no less than least[row], and returns their number. What lies behind them, up to one for each row, is overwritten.
  int64_t (*hits)(const float* rows, int64_t tiles, const float* panel, int64_t depth, float shift, const float* least,
                  Hit* hits);

  /// scores[i], the score of row rows[i] of `customers` and row items[i] of `panel`, both of `stride` values a row, with the bits
  /// that hits() has.
  void (*pairs)(const float* customers, const int32_t* rows, const float* panel, const int32_t* items, int64_t count,
                int64_t depth, int64_t stride, float shift, float* scores);
};

extern const Table baseline;
extern const Table avx2;
extern const Table avx512;

/// The table of base::active_isa().
const Table& active() noexcept;

}  // namespace fullbase::recommendation::product_kernel
