// Kernels for AVX-512 (x86-64-v4): 4 points by two registers of rows keep 8 sums in flight.
#include <immintrin.h>

#include "algorithms/kernel_machines/kernel.hpp"

namespace fullbase::kernel_machines::kernel {

namespace {

#include "base/lanes_avx512.inc"

inline Lanes power_of_two(Lanes shifted) {
  const __m512i exponent = _mm512_slli_epi64(_mm512_castpd_si512(shifted), 52);
  return _mm512_castsi512_pd(_mm512_add_epi64(exponent, _mm512_set1_epi64(0x3ff0000000000000)));
}
inline Lanes zero_below(Lanes a, double limit, Lanes b) {
  return _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(a, _mm512_set1_pd(limit), _CMP_NLT_UQ), b);
}

#include "algorithms/kernel_machines/kernel_loops.inc"

}  // namespace

const Table avx512 = {squared_distances, weighted_sums, add_scaled, rbf};

}  // namespace fullbase::kernel_machines::kernel
