// What every x86-64-v2 CPU runs, and the reference that the vector kernels agree with bit for bit. Where the CPU lacks fma the C
// library computes it, correctly and slowly.
#include "algorithms/linear/kernel.hpp"

namespace fullbase::linear::kernel {

namespace {

using Vector = double;
constexpr int64_t width = 1;
constexpr int tile_left = 2;
constexpr int tile_right = 2;

inline Vector load(const double* from) {
  return *from;
}
inline void store(double* to, Vector value) {
  *to = value;
}
inline Vector spread(double value) {
  return value;
}
inline Vector multiply(Vector a, Vector b) {
  return a * b;
}
inline Vector fma(Vector a, Vector b, Vector c) {
  return __builtin_fma(a, b, c);
}

#include "algorithms/linear/kernel_loops.inc"

}  // namespace

const Table baseline = {add_scores, dots, squares, gram};

}  // namespace fullbase::linear::kernel
