#include "algorithms/kernel_machines/kernel.hpp"

#include "base/block.hpp"
#include "base/cpu.hpp"

namespace fullbase::kernel_machines::kernel {

static_assert(block_rows == base::block_rows, "kernels work on canonical blocks");

const Table& active() noexcept {
  switch (base::active_isa()) {
    case base::Isa::avx512:
      return avx512;
    case base::Isa::avx2:
      return avx2;
    case base::Isa::baseline:
      break;
  }
  return baseline;
}

}  // namespace fullbase::kernel_machines::kernel
