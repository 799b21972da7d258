// Kernels for AVX-512 (x86-64-v4): a register holds a column's eight sums; a tile of 4 x 6 columns keeps 24 of them in flight, at
// 11 loads for 24 fma.
#include <immintrin.h>

#include "algorithms/linear/kernel.hpp"

namespace fullbase::linear::kernel {

namespace {

#include "base/lanes_avx512.inc"

constexpr int tile_left = 4;
constexpr int tile_right = 6;

#include "algorithms/linear/kernel_loops.inc"

}  // namespace

const Table avx512 = {add_scores, dots, squares, gram};

}  // namespace fullbase::linear::kernel
