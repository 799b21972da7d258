// Products for any x86-64 that the build targets: correct, and slow without an instruction for fma.
#include "algorithms/recommendation/product_kernel.hpp"

namespace fullbase::recommendation::product_kernel {

namespace {

#include "base/floats_baseline.inc"

inline uint32_t not_below(Floats a, Floats b) {
  return a >= b ? 1 : 0;
}
constexpr int height = 4;
constexpr int width = 3;

#include "algorithms/recommendation/product_kernel_loops.inc"

}  // namespace

const Table baseline = {hits, pairs};

}  // namespace fullbase::recommendation::product_kernel
