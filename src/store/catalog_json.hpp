// manifest.json of a store, and schemas as JSON (private to this folder).
#pragma once

#include <string>

#include "store/store.hpp"

namespace fullbase::store {

/// The text of manifest.json.
std::string write_catalog(const Catalog& catalog);

/// Throws an input error that names `where` for anything that write_catalog would not write.
Catalog read_catalog(const std::string& text, const std::string& where);

}  // namespace fullbase::store
