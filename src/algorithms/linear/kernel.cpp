#include "algorithms/linear/kernel.hpp"

#include "base/cpu.hpp"

namespace fullbase::linear::kernel {

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

}  // namespace fullbase::linear::kernel
