#include "algorithms/linear/kernel.hpp"

#include "base/cpu.hpp"

namespace fullbase::linear::kernel {

const Table& active() noexcept {
  return base::of_active_isa(baseline, avx2, avx512);
}

}  // namespace fullbase::linear::kernel
