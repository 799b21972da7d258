// The reference page of options: Markdown, from the descriptions alone.
#pragma once

#include <string>

#include "config/description.hpp"

namespace fullbase::config {

/// A heading of `level`, the doc, a table (key, type, default, range, meaning), then the same for the structs and lists of names
/// that its options use, each once.
std::string reference_markdown(const AnyDescription& description, int level = 2);

/// A type as people call it: "integer, or a list of them", "`mean` or `median`", "mapping of name to size such as 4GiB".
std::string type_text(const Shape& shape);

}  // namespace fullbase::config
