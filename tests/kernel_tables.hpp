// The kernels that this machine can run.
#pragma once

#include <vector>

#include "base/cpu.hpp"

namespace fullbase::testing {

/// The tables of the instruction sets that there are here, the baseline's first.
template <class Table>
std::vector<const Table*> runnable(const Table& baseline, const Table& avx2, const Table& avx512) {
  std::vector<const Table*> tables{&baseline};
  if (base::machine_isa() >= base::Isa::avx2) tables.push_back(&avx2);
  if (base::machine_isa() >= base::Isa::avx512) tables.push_back(&avx512);
  return tables;
}

}  // namespace fullbase::testing
