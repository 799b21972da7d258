#include "algorithms/itemsets/kernel.hpp"

#include "base/cpu.hpp"

namespace fullbase::itemsets::kernel {

const Table& active() noexcept {
  return base::of_active_isa(baseline, avx2, avx512);
}

}  // namespace fullbase::itemsets::kernel
