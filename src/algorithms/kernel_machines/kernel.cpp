#include "algorithms/kernel_machines/kernel.hpp"

#include "base/block.hpp"
#include "base/cpu.hpp"

namespace fullbase::kernel_machines::kernel {

static_assert(block_rows == base::block_rows, "kernels work on canonical blocks");

const Table& active() noexcept {
  return base::of_active_isa(baseline, avx2, avx512);
}

}  // namespace fullbase::kernel_machines::kernel
