// Whether HDF5 gets through a file that others made, or that a disk has altered.
#pragma once

#include <chrono>
#include <string>

namespace fullbase::store {

/// Opens every object of an HDF5 file and reads every attribute. The texts of attributes lie in heaps, which have no checksum: a
/// flipped bit there can make HDF5 1.10.8 crash. All else of a file of ours is under checksums, or not read by HDF5. For a
/// process that may crash; throws as walk_structure().
void walk_attributes(const std::string& path);

/// Does to an HDF5 file what whoever opens it, looks at it and reads it does: opens `table` (all tables, if it is empty), walks
/// the index of every dataset's chunks, and reads the first and the last block of each column; texts of variable length, whose
/// places in the file stand among the data, for up to `time`. For a process that may crash of it. What is an error of the file is
/// not told: whoever opens it next is told. Throws only std::bad_alloc, also where HDF5 has found no memory.
void walk_structure(const std::string& path, const std::string& table, std::chrono::milliseconds time);

}  // namespace fullbase::store
