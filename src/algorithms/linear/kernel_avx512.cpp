// Kernels for AVX-512 (x86-64-v4): a register holds a column's eight sums; a tile of 4 x 6 columns keeps 24 of them in flight, at
// 11 loads for 24 fma.
#include <immintrin.h>

#include "algorithms/linear/kernel.hpp"

namespace fullbase::linear::kernel {

namespace {

using Vector = __m512d;
constexpr int64_t width = 8;
constexpr int tile_left = 4;
constexpr int tile_right = 6;

inline Vector load(const double* from) {
  return _mm512_loadu_pd(from);
}
inline void store(double* to, Vector value) {
  _mm512_storeu_pd(to, value);
}
inline Vector spread(double value) {
  return _mm512_set1_pd(value);
}
inline Vector multiply(Vector a, Vector b) {
  return _mm512_mul_pd(a, b);
}
inline Vector fma(Vector a, Vector b, Vector c) {
  return _mm512_fmadd_pd(a, b, c);
}

#include "algorithms/linear/kernel_loops.inc"

}  // namespace

const Table avx512 = {add_scores, dots, squares, gram};

}  // namespace fullbase::linear::kernel
