// Products for AVX-512: all sums of a tile stay in registers.
#include <immintrin.h>

#include "algorithms/recommendation/product_kernel.hpp"

namespace fullbase::recommendation::product_kernel {

namespace {

#include "base/floats_avx512.inc"

inline uint32_t not_below(Floats a, Floats b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
}
constexpr int height = 8;
constexpr int width = 3;

#include "algorithms/recommendation/product_kernel_loops.inc"

}  // namespace

const Table avx512 = {hits, pairs};

}  // namespace fullbase::recommendation::product_kernel
