// Kernels for AVX2 and FMA (x86-64-v3): 4 points by two registers of rows keep 8 sums in flight.
#include <immintrin.h>

#include "algorithms/kernel_machines/kernel.hpp"

namespace fullbase::kernel_machines::kernel {

namespace {

#include "base/lanes_avx2.inc"

inline Lanes power_of_two(Lanes shifted) {
  const __m256i exponent = _mm256_slli_epi64(_mm256_castpd_si256(shifted), 52);
  return _mm256_castsi256_pd(_mm256_add_epi64(exponent, _mm256_set1_epi64x(0x3ff0000000000000)));
}
inline Lanes zero_below(Lanes a, double limit, Lanes b) {
  return _mm256_andnot_pd(_mm256_cmp_pd(a, _mm256_set1_pd(limit), _CMP_LT_OQ), b);
}

#include "algorithms/kernel_machines/kernel_loops.inc"

}  // namespace

const Table avx2 = {squared_distances, weighted_sums, add_scaled, rbf};

}  // namespace fullbase::kernel_machines::kernel
