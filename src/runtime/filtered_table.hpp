// The rows of an input that meet a step's `where`, as a table of their own in the work folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::runtime {

/// A scratch file that rank 0 removes when this goes: every rank must have opened it by then, or no longer want to.
struct FilteredTable {
  std::string path;
  std::int64_t left_out = 0;
  std::int64_t bytes_read = 0;  ///< of the input, by this rank
  std::shared_ptr<void> remover;
};

/// Collective. Writes the rows of `source` for which `where` holds to `path`, in their order, and their row numbers (8 bytes
/// each) beside them; of its columns the first `kept`, or all. Cost: the condition's columns are read twice, the others once; the
/// rows are written once. Memory: see prepare::Selection.
FilteredTable filter_table(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression& where,
                           const std::string& path, std::optional<int> kept = {});

/// Not collective. The filtered rows under the name of the table that they come from, of which source_rows() gives the numbers.
std::unique_ptr<data::BlockSource> open_filtered(const FilteredTable& table, const std::string& name);

}  // namespace fullbase::runtime
