// Products for AVX2: the sums of 4 rows and 24 items stay in registers.
#include <immintrin.h>

#include "algorithms/recommendation/product_kernel.hpp"

namespace fullbase::recommendation::product_kernel {

namespace {

#include "base/floats_avx2.inc"

inline uint32_t not_below(Floats a, Floats b) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ)));
}
constexpr int height = 4;
constexpr int width = 3;

#include "algorithms/recommendation/product_kernel_loops.inc"

}  // namespace

const Table avx2 = {hits, pairs};

}  // namespace fullbase::recommendation::product_kernel
