// Products for any x86-64 that the build targets: correct, and slow without an instruction for fma.
#include "algorithms/recommendation/product_kernel.hpp"

namespace fullbase::recommendation::product_kernel {

namespace {

using Floats = float;
constexpr int64_t float_count = 1;
inline Floats load_floats(const float* from) {
  return *from;
}
inline void store_floats(float* to, Floats value) {
  *to = value;
}
inline Floats broadcast_float(float value) {
  return value;
}
inline Floats fused_floats(Floats a, Floats b, Floats c) {
  return __builtin_fmaf(a, b, c);
}
inline Floats sum_of_floats(Floats a, Floats b) {
  return a + b;
}
inline uint32_t not_below(Floats a, Floats b) {
  return a >= b ? 1 : 0;
}
constexpr int height = 4;
constexpr int width = 3;

#include "algorithms/recommendation/product_kernel_loops.inc"

}  // namespace

const Table baseline = {hits, pairs};

}  // namespace fullbase::recommendation::product_kernel
