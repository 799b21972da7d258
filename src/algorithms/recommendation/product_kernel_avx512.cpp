// Products for AVX-512: all sums of a tile stay in registers.
#include <immintrin.h>

#include "algorithms/recommendation/product_kernel.hpp"

namespace fullbase::recommendation::product_kernel {

namespace {

using Floats = __m512;
constexpr int64_t float_count = 16;
inline Floats load_floats(const float* from) {
  return _mm512_loadu_ps(from);
}
inline void store_floats(float* to, Floats value) {
  _mm512_storeu_ps(to, value);
}
inline Floats broadcast_float(float value) {
  return _mm512_set1_ps(value);
}
inline Floats fused_floats(Floats a, Floats b, Floats c) {
  return _mm512_fmadd_ps(a, b, c);
}
inline Floats sum_of_floats(Floats a, Floats b) {
  return _mm512_add_ps(a, b);
}
inline uint32_t not_below(Floats a, Floats b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
}
constexpr int height = 8;
constexpr int width = 3;

#include "algorithms/recommendation/product_kernel_loops.inc"

}  // namespace

const Table avx512 = {hits, pairs};

}  // namespace fullbase::recommendation::product_kernel
