// Nodes as text: the resolved options in an output's manifest and attributes.
#pragma once

#include <string>

#include "config/node.hpp"

namespace fullbase::config {

/// JSON; the same node gives the same bytes. Keys keep their order. Scalars without quotes that are JSON numbers, true or false
/// stay bare, all others become strings. `indent` 0: one line.
std::string to_json(const Node& node, int indent = 2);

/// YAML that load_text() reads as an equal node.
std::string to_yaml(const Node& node);

}  // namespace fullbase::config
