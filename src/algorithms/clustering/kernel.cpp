#include "algorithms/clustering/kernel.hpp"

#include "base/cpu.hpp"

namespace fullbase::clustering::kernel {

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

}  // namespace fullbase::clustering::kernel
