// Nodes as text: the resolved options in an output's manifest and attributes.
#pragma once

#include <string>

#include "config/node.hpp"

namespace fullbase::config {

/// JSON; the same node gives the same bytes. Keys keep their order. Scalars without quotes that are JSON numbers, true or false
/// stay bare, all others become strings. `indent` 0: one line.
std::string to_json(const Node& node, int indent = 2);

/// JSON, which is YAML too, on one line: load_text() reads it as an equal node.
std::string to_document(const Node& node);

}  // namespace fullbase::config
