// The state of machines of pairs of classes, kept and read.
#pragma once

#include <string>
#include <vector>

#include "algorithms/kernel_machines/svc.hpp"
#include "base/block.hpp"
#include "data/state.hpp"

namespace fullbase::kernel_machines {

/// Which rows a rank has.
struct SvcShape {
  std::int64_t rows = 0;  ///< over all ranks
  base::RowRange local;
  std::int64_t classes = 2;
};

/// Puts a state as arrays whose names begin with `part`: 8 (K + 1) bytes a row, of a fit that has ended 8 (K - 1). Not
/// collective.
void put_state(data::StateWriter& writer, const std::string& part, const SvcState& state, const SvcShape& shape);

/// This rank's part of it, whichever ranks have put it.
struct SvcStateRead {
  std::vector<Machine> machines;
  std::vector<double> coefficients;
  std::vector<double> alphas;
  std::vector<double> scores;
  SmoState running;  ///< but for alphas and scores

  SvcState state() const;
};
/// Not collective; throws what reading throws. Memory: 8 (K + 1) bytes a local row.
SvcStateRead read_state(const data::StateReader& reader, const std::string& part, const SvcShape& shape);

}  // namespace fullbase::kernel_machines
