// Whether HDF5 gets through a file that others made, or that a disk has altered.
#pragma once

#include <string>

namespace fullbase::store {

/// Opens every object of an HDF5 file, reads every attribute and walks the index of every dataset's chunks: what HDF5 1.10.8
/// itself follows, and crashes on where it was made for that. Texts of variable length are read by us (heap_texts.hpp), all else
/// of a file of ours is under checksums, or not read by HDF5. For a process that may crash; throws as walk_structure().
void walk_objects(const std::string& path);

/// Does to an HDF5 file what whoever opens it, looks at it and reads it does: opens `table` (all tables, if it is empty), walks
/// the index of every dataset's chunks, and reads the first and the last block of each column. For a process that may crash of
/// it. What is an error of the file is not told: whoever opens it next is told. Throws only std::bad_alloc, also where HDF5 has
/// found no memory.
void walk_structure(const std::string& path, const std::string& table);

}  // namespace fullbase::store
