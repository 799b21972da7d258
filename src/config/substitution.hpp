// Variables replaced throughout a tree.
#pragma once

#include "config/document.hpp"

namespace fullbase::config {

/// `node` with the variables of its scalars replaced; where one is undefined, an invalid node and a report.
Node with_variables(const Node& node, const Variables& variables, Diagnostics& diagnostics);

}  // namespace fullbase::config
