// Kernels for AVX2 and BMI2 (x86-64-v3). Bits are counted by nibbles from a table in a register (Mula, Kurz, Lemire 2018).
#include <immintrin.h>

#include "algorithms/itemsets/kernel.hpp"

namespace fullbase::itemsets::kernel {

namespace {

inline __m256i nibble_counts(__m256i bits) {
  const __m256i table =
      _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i mask = _mm256_set1_epi8(0x0F);
  const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, mask));
  const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), mask));
  return _mm256_add_epi8(low, high);
}

inline __m256i both(const uint64_t* a, const uint64_t* b) {
  return _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(a)),
                          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b)));
}

inline int64_t bits_both(const uint64_t* a, const uint64_t* b, int64_t words) {
  __m256i sums = _mm256_setzero_si256();
  int64_t w = 0;
  // Byte sums take 31 registers of at most 8 a byte before they could overflow.
  while (w + 4 <= words) {
    __m256i bytes = _mm256_setzero_si256();
    const int64_t end = words - w > 124 ? w + 124 : words;
    for (; w + 4 <= end; w += 4) bytes = _mm256_add_epi8(bytes, nibble_counts(both(a + w, b + w)));
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
  }
  int64_t count = _mm256_extract_epi64(sums, 0) + _mm256_extract_epi64(sums, 1) + _mm256_extract_epi64(sums, 2) +
                  _mm256_extract_epi64(sums, 3);
  for (; w < words; ++w) count += _mm_popcnt_u64(a[w] & b[w]);
  return count;
}

inline uint64_t choose(uint64_t bits, uint64_t chosen) {
  return _pext_u64(bits, chosen);
}

#include "algorithms/itemsets/kernel_loops.inc"

}  // namespace

const Table avx2 = {count_both, compress, count_patterns, add_supersets};

}  // namespace fullbase::itemsets::kernel
