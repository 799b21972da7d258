// Kernels for AVX-512 (x86-64-v4): bits are counted as for AVX2, 64 bytes at a time.
#include <immintrin.h>

#include "algorithms/itemsets/kernel.hpp"

namespace fullbase::itemsets::kernel {

namespace {

inline __m512i nibble_counts(__m512i bits) {
  const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m512i mask = _mm512_set1_epi8(0x0F);
  const __m512i low = _mm512_shuffle_epi8(table, _mm512_and_si512(bits, mask));
  const __m512i high = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(bits, 4), mask));
  return _mm512_add_epi8(low, high);
}

inline int64_t bits_both(const uint64_t* a, const uint64_t* b, int64_t words) {
  __m512i sums = _mm512_setzero_si512();
  int64_t w = 0;
  while (w < words) {
    __m512i bytes = _mm512_setzero_si512();
    const int64_t end = words - w > 248 ? w + 248 : words;  // 31 registers of at most 8 a byte
    for (; w < end; w += 8) {
      const auto valid = static_cast<__mmask8>(end - w >= 8 ? 0xFFU : (1U << (end - w)) - 1);
      bytes = _mm512_add_epi8(
          bytes, nibble_counts(_mm512_and_si512(_mm512_maskz_loadu_epi64(valid, a + w), _mm512_maskz_loadu_epi64(valid, b + w))));
    }
    sums = _mm512_add_epi64(sums, _mm512_sad_epu8(bytes, _mm512_setzero_si512()));
    w = end;
  }
  return _mm512_reduce_add_epi64(sums);
}

inline uint64_t choose(uint64_t bits, uint64_t chosen) {
  return _pext_u64(bits, chosen);
}

#include "algorithms/itemsets/kernel_loops.inc"

}  // namespace

const Table avx512 = {count_both, compress, count_patterns, add_supersets};

}  // namespace fullbase::itemsets::kernel
