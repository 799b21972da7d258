// Opens Parquet files (private to this folder).
#pragma once

#include <memory>
#include <string>

#include "store/columnar_format.hpp"

namespace fullbase::store::parquet_files {

/// As ColumnarFormat::open. A file that others made is taken as hostile: what its footer claims is compared with the file before
/// anything is read by it, and page checksums, where it has them, are compared while reading.
std::unique_ptr<ColumnarFile> open(const std::string& path);

}  // namespace fullbase::store::parquet_files
