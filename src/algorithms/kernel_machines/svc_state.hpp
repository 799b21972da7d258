// The state of machines of pairs of classes, kept and read.
#pragma once

#include <string>

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

/// Reads this rank's part of it, whichever ranks have put it, to where a fit has its rows: what fit_svc() resumes with. Not
/// collective; throws what reading throws. `reader` is used when the fit begins.
SvcResume read_state(const data::StateReader& reader, std::string part, const SvcShape& shape);

}  // namespace fullbase::kernel_machines
