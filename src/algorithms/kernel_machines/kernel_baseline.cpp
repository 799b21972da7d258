// What every x86-64-v2 CPU runs, and the reference that the vector kernels agree with bit for bit. Where the CPU lacks fma the C
// library computes it, correctly and slowly.
#include "algorithms/kernel_machines/kernel.hpp"

namespace fullbase::kernel_machines::kernel {

namespace {

#include "base/lanes_baseline.inc"

inline Lanes power_of_two(Lanes shifted) {
  int64_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  bits = static_cast<int64_t>(static_cast<uint64_t>(bits) << 52) + 0x3ff0000000000000;
  double power;
  __builtin_memcpy(&power, &bits, sizeof power);
  return power;
}
inline Lanes zero_below(Lanes a, double limit, Lanes b) {
  return a < limit ? 0 : b;
}

#include "algorithms/kernel_machines/kernel_loops.inc"

}  // namespace

const Table baseline = {squared_distances, weighted_sums, add_scaled, rbf};

}  // namespace fullbase::kernel_machines::kernel
