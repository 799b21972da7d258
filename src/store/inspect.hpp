// What is in a file or a store, for people: `fullbase info`, `head`, and what the job checker asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/schema.hpp"

namespace fullbase::store {

struct TableSummary {
  std::string name;  ///< as open_table takes it, without the first slash: "rfm", "segments/centroids"
  data::Schema schema = {};
  std::int64_t rows = 0;
  bool is_ours = false;      ///< written by this program: has checksums
  std::string problem = {};  ///< why it cannot be opened; then the rest is empty
};

/// Every table of an HDF5 file that open_table would open, in order of name: ours, data frames, groups of columns, 2-D datasets.
/// A Parquet
/// file has one. At most 16 levels and 10,000 tables deep; a group that holds itself is entered once. Not collective. Errors:
/// input, io.
std::vector<TableSummary> list_tables(const std::string& path);

/// The manifest in an output; nothing if the file has none.
std::optional<std::string> output_manifest(const std::string& path);

}  // namespace fullbase::store
