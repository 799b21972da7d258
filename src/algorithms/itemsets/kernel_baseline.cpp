// Kernels for any x86-64 that the build targets.
#include "algorithms/itemsets/kernel.hpp"

namespace fullbase::itemsets::kernel {

namespace {

inline int64_t bits_both(const uint64_t* a, const uint64_t* b, int64_t words) {
  int64_t count = 0;
  for (int64_t w = 0; w < words; ++w) count += __builtin_popcountll(a[w] & b[w]);
  return count;
}

inline uint64_t choose(uint64_t bits, uint64_t chosen) {
  uint64_t result = 0;
  for (int to = 0; chosen != 0; chosen &= chosen - 1, ++to) result |= ((bits >> __builtin_ctzll(chosen)) & 1) << to;
  return result;
}

#include "algorithms/itemsets/kernel_loops.inc"

}  // namespace

const Table baseline = {count_both, compress, count_patterns, add_supersets};

}  // namespace fullbase::itemsets::kernel
