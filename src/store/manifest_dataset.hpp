// The manifest within an output: one text, and the one beside it (private to this folder).
#pragma once

#include <cstdint>
#include <string>

#include "store/hdf5.hpp"

namespace fullbase::store {

/// Name of the dataset at the root of an output. A step cannot be called so: step ids begin with a letter.
inline constexpr const char* manifest_name = "_manifest";

void write_manifest(hid_t file, const std::string& text, const std::string& where);

/// Throws an input error if the file has none. Public readers use inspect.hpp.
std::string read_manifest(hid_t file, const std::string& where);

/// The text of `<output>.run.json`, byte for byte, of an output of `bytes` bytes with the text `manifest` within. Throws what the
/// JSON library throws for a text that is no JSON object.
std::string manifest_beside(const std::string& manifest, std::int64_t bytes, const std::string& sha256);

}  // namespace fullbase::store
