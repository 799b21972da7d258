// Kernels for any x86-64 that the build targets: correct, and slow without an instruction for fma.
#include "algorithms/recommendation/kernel.hpp"

namespace fullbase::recommendation::kernel {

namespace {

#include "base/lanes_baseline.inc"

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
inline Floats product_floats(Floats a, Floats b) {
  return a * b;
}
inline Floats fused_floats(Floats a, Floats b, Floats c) {
  return __builtin_fmaf(a, b, c);
}
inline Lanes load_widened(const float* from) {
  return *from;
}
inline Lanes sum(Lanes a, Lanes b) {
  return a + b;
}
constexpr int widest_tile = 8;
constexpr int widest_groups = 1;

#include "algorithms/recommendation/kernel_loops.inc"

}  // namespace

const Table baseline = {pack, gram, weighted_sum, add, scores, solve};

}  // namespace fullbase::recommendation::kernel
