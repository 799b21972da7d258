// The vectors of items' texts that a content step writes, for steps that score items by them.
#pragma once

#include <cstdint>
#include <optional>

#include "algorithms/recommendation/read_interactions.hpp"
#include "algorithms/recommendation/table_entries.hpp"
#include "data/schema.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// Positions of the columns in the input `slot`: the first says which item it is, as the column `item` of the matrix does.
/// Nothing after mistakes were reported, at `from`.
std::optional<recommendation::EntryColumns> check_vectors(runtime::CheckContext& context, int slot, const data::Field& item);

struct ContentVectors {
  recommendation::SparseRead vectors;  ///< this rank's items of the matrix; columns are terms
  std::int64_t terms = 0;
};

/// Collective. Notes the number of terms, and warns where no vector is of an item of the matrix. Sends and holds what
/// recommendation::SideKeys and read_sparse_rows() do, the keys of terms while it is made.
ContentVectors read_vectors(runtime::StepContext& context, int slot, const recommendation::EntryColumns& columns,
                            const recommendation::InteractionsRead& read);

}  // namespace fullbase::jobs
