// Kernels for AVX512: 24 rows of a tile of the Gram matrix stay in registers.
#include <immintrin.h>

#include "algorithms/recommendation/kernel.hpp"

namespace fullbase::recommendation::kernel {

namespace {

#include "base/lanes_avx512.inc"

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
inline Floats product_floats(Floats a, Floats b) {
  return _mm512_mul_ps(a, b);
}
inline Floats fused_floats(Floats a, Floats b, Floats c) {
  return _mm512_fmadd_ps(a, b, c);
}
inline Lanes load_widened(const float* from) {
  return _mm512_cvtps_pd(_mm256_loadu_ps(from));
}
inline Lanes sum(Lanes a, Lanes b) {
  return _mm512_add_pd(a, b);
}
constexpr int widest_tile = 24;
constexpr int widest_groups = 3;

#include "algorithms/recommendation/kernel_loops.inc"

}  // namespace

const Table avx512 = {pack, gram, weighted_sum, add, scores, solve};

}  // namespace fullbase::recommendation::kernel
