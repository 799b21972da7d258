// Kernels for any x86-64 that the build targets: correct, and slow without an instruction for fma.
#include "algorithms/recommendation/kernel.hpp"

namespace fullbase::recommendation::kernel {

namespace {

#include "base/floats_baseline.inc"
#include "base/lanes_baseline.inc"

inline Lanes load_widened(const float* from) {
  return *from;
}
inline Lanes sum(Lanes a, Lanes b) {
  return a + b;
}
/// Of sixteen values: s and s + 8 are added, then s and s + 4, s and s + 2, 0 and 1.
inline float sum_of_sixteen(const Floats* sums) {
  float all[16];
  for (int s = 0; s < 16; ++s) all[s] = sums[s];
  for (int half = 8; half > 0; half /= 2) {
    for (int s = 0; s < half; ++s) all[s] += all[s + half];
  }
  return all[0];
}
constexpr int widest_tile = 8;
constexpr int widest_groups = 1;   // registers of columns in a step of elimination
constexpr int rows_at_a_time = 4;  // of them

#include "algorithms/recommendation/kernel_loops.inc"

}  // namespace

const Table baseline = {gather, gram, weighted_sum, products, add, solve};

}  // namespace fullbase::recommendation::kernel
