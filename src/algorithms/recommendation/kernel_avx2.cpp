// Kernels for AVX2: 12 rows of a tile of the Gram matrix stay in registers.
#include <immintrin.h>

#include "algorithms/recommendation/kernel.hpp"

namespace fullbase::recommendation::kernel {

namespace {

#include "base/floats_avx2.inc"
#include "base/lanes_avx2.inc"

inline Lanes load_widened(const float* from) {
  return _mm256_cvtps_pd(_mm_loadu_ps(from));
}
inline Lanes sum(Lanes a, Lanes b) {
  return _mm256_add_pd(a, b);
}
/// Of sixteen values: s and s + 8 are added, then s and s + 4, s and s + 2, 0 and 1.
inline float sum_of_sixteen(const Floats* sums) {
  const __m256 eight = _mm256_add_ps(sums[0], sums[1]);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
constexpr int widest_tile = 12;
constexpr int widest_groups = 2;   // registers of columns in a step of elimination
constexpr int rows_at_a_time = 4;  // of them

#include "algorithms/recommendation/kernel_loops.inc"

}  // namespace

const Table avx2 = {gather, gram, weighted_sum, products, add, solve};

}  // namespace fullbase::recommendation::kernel
