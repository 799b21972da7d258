// Kernels for AVX2 and FMA (x86-64-v3): a column's eight sums are two registers, passed over one after the other; a tile of 3 x 4
// columns keeps 12 sums in flight.
#include <immintrin.h>

#include "algorithms/linear/kernel.hpp"

namespace fullbase::linear::kernel {

namespace {

#include "base/lanes_avx2.inc"

constexpr int tile_left = 3;
constexpr int tile_right = 4;

#include "algorithms/linear/kernel_loops.inc"

}  // namespace

const Table avx2 = {add_scores, dots, squares, gram};

}  // namespace fullbase::linear::kernel
