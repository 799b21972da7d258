// Kernels for AVX2 and FMA (x86-64-v3): a column's eight sums are two registers, passed over one after the other; a tile of 3 x 4
// columns keeps 12 sums in flight.
#include <immintrin.h>

#include "algorithms/linear/kernel.hpp"

namespace fullbase::linear::kernel {

namespace {

using Vector = __m256d;
constexpr int64_t width = 4;
constexpr int tile_left = 3;
constexpr int tile_right = 4;

inline Vector load(const double* from) {
  return _mm256_loadu_pd(from);
}
inline void store(double* to, Vector value) {
  _mm256_storeu_pd(to, value);
}
inline Vector spread(double value) {
  return _mm256_set1_pd(value);
}
inline Vector multiply(Vector a, Vector b) {
  return _mm256_mul_pd(a, b);
}
inline Vector fma(Vector a, Vector b, Vector c) {
  return _mm256_fmadd_pd(a, b, c);
}

#include "algorithms/linear/kernel_loops.inc"

}  // namespace

const Table avx2 = {add_scores, dots, squares, gram};

}  // namespace fullbase::linear::kernel
