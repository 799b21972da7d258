// The manifest within an output: one text (private to this folder).
#pragma once

#include <string>

#include "store/hdf5.hpp"

namespace fullbase::store {

/// Name of the dataset at the root of an output. A step cannot be called so: step ids begin with a letter.
inline constexpr const char* manifest_name = "_manifest";

void write_manifest(hid_t file, const std::string& text, const std::string& where);

/// Throws an input error if the file has none. Public readers use inspect.hpp.
std::string read_manifest(hid_t file, const std::string& where);

}  // namespace fullbase::store
