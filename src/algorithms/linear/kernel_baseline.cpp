// What every x86-64-v2 CPU runs, and the reference that the vector kernels agree with bit for bit. Where the CPU lacks fma the C
// library computes it, correctly and slowly.
#include "algorithms/linear/kernel.hpp"

namespace fullbase::linear::kernel {

namespace {

#include "base/lanes_baseline.inc"

constexpr int tile_left = 2;
constexpr int tile_right = 2;

#include "algorithms/linear/kernel_loops.inc"

}  // namespace

const Table baseline = {add_scores, dots, squares, gram};

}  // namespace fullbase::linear::kernel
