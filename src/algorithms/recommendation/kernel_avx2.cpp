// Kernels for AVX2: 12 rows of a tile of the Gram matrix stay in registers.
#include <immintrin.h>

#include "algorithms/recommendation/kernel.hpp"

namespace fullbase::recommendation::kernel {

namespace {

#include "base/lanes_avx2.inc"

using Floats = __m256;
constexpr int64_t float_count = 8;
inline Floats load_floats(const float* from) {
  return _mm256_loadu_ps(from);
}
inline void store_floats(float* to, Floats value) {
  _mm256_storeu_ps(to, value);
}
inline Floats broadcast_float(float value) {
  return _mm256_set1_ps(value);
}
inline Floats fused_floats(Floats a, Floats b, Floats c) {
  return _mm256_fmadd_ps(a, b, c);
}
constexpr int widest_tile = 12;
constexpr int widest_groups = 2;

#include "algorithms/recommendation/kernel_loops.inc"

}  // namespace

const Table avx2 = {gram, weighted_sum, solve};

}  // namespace fullbase::recommendation::kernel
