// Names of columns in tables that jobs write, where some are carried over from an input.
#pragma once

#include <optional>
#include <string>

#include "data/schema.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// The first name that two columns have.
std::optional<std::string> repeated_name(const data::Schema& schema);

/// Reports a column of an input, carried into a table, that has the name of another of its columns; then false.
bool check_names(runtime::CheckContext& context, const data::Schema& result);

}  // namespace fullbase::jobs
