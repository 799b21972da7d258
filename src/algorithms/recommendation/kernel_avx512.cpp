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
inline Floats fused_floats(Floats a, Floats b, Floats c) {
  return _mm512_fmadd_ps(a, b, c);
}
constexpr int widest_tile = 24;
constexpr int widest_groups = 3;

#include "algorithms/recommendation/kernel_loops.inc"

}  // namespace

const Table avx512 = {gram, weighted_sum, solve};

}  // namespace fullbase::recommendation::kernel
