// YAML text as a tree of nodes, without what a job file has no use for.
#pragma once

#include <string>
#include <string_view>

#include "config/diagnostics.hpp"
#include "config/node.hpp"

namespace fullbase::config {

/// One document. Duplicate keys go to `diagnostics`, of which the first stays; all else that load_text() refuses is thrown.
/// `with_lines`: false where the text is no file but a single value, whose positions are the source alone.
Node parse_yaml(std::string_view text, const std::string& source, bool with_lines, Diagnostics& diagnostics);

}  // namespace fullbase::config
