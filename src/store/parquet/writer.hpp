// Writes Parquet files (private to this folder).
#pragma once

#include <span>
#include <string>

#include "data/block_source.hpp"

namespace fullbase::store::parquet_files {

/// As ColumnarFormat::write. Row groups of 131,072 rows, fewer where texts are wide; each lists the categories that it has.
/// Zstandard or else Snappy, as Arrow was built; pages with checksums. Memory: a row group and Arrow's copy of it.
void write(const data::BlockSource& source, std::span<const int> columns, const std::string& path);

}  // namespace fullbase::store::parquet_files
