// JSON Schema (draft 2020-12) of what a description reads: editors complete and check job files with it.
#pragma once

#include <string>

#include "config/description.hpp"

namespace fullbase::config {

/// The schema as indented JSON text. Nested structs with a name become `$defs`. A value other than a text may always be written
/// as a text with ${VAR} in it.
std::string json_schema(const AnyDescription& description, const std::string& title = {});

}  // namespace fullbase::config
