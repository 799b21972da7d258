#include "algorithms/recommendation/kernel.hpp"

#include "base/cpu.hpp"

namespace fullbase::recommendation::kernel {

const Table& active() noexcept {
  return base::of_active_isa(baseline, avx2, avx512);
}

}  // namespace fullbase::recommendation::kernel
