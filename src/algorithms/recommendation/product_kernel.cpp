#include "algorithms/recommendation/product_kernel.hpp"

#include "base/cpu.hpp"

namespace fullbase::recommendation::product_kernel {

const Table& active() noexcept {
  return base::of_active_isa(baseline, avx2, avx512);
}

}  // namespace fullbase::recommendation::product_kernel
