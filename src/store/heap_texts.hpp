// Texts of variable length, which HDF5 keeps in heaps beside what refers to them (private to this folder).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "store/hdf5.hpp"

namespace fullbase::store::hdf5 {

/// `count` texts of an object of an open file, read with `read(memory_type, buffer)`: HDF5 reads the references, through its
/// filters, and the heaps that they lead to are read here. HDF5 1.10.8 itself follows a reference that a disk has altered out of
/// its memory: it crashes, or gives what lies there. Nothing outside the file's heaps is read here, and a reference to nothing is
/// an input error. A text ends before its first zero byte; a reference to nowhere is an empty text, as for HDF5. Memory: 16 bytes
/// a text, 1 MiB of heaps (or the largest, if that is more), and the texts. Hold a Session. Source: HDF5 File Format
/// Specification Version 3.0, III.E "Level 1E - Global Heap".
std::vector<std::string> heap_texts(hid_t object, std::size_t count, const std::string& where,
                                    const std::function<herr_t(hid_t memory_type, void* buffer)>& read);

}  // namespace fullbase::store::hdf5
