// Products for AVX2: the sums of 4 rows and 24 items stay in registers.
#include <immintrin.h>

#include "algorithms/recommendation/product_kernel.hpp"

namespace fullbase::recommendation::product_kernel {

namespace {

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
inline Floats sum_of_floats(Floats a, Floats b) {
  return _mm256_add_ps(a, b);
}
inline uint32_t not_below(Floats a, Floats b) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ)));
}
constexpr int height = 4;
constexpr int width = 3;

#include "algorithms/recommendation/product_kernel_loops.inc"

}  // namespace

const Table avx2 = {hits, pairs};

}  // namespace fullbase::recommendation::product_kernel
