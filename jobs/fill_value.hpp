// A value of a column, written as text in an option.
#pragma once

#include <optional>
#include <string_view>

#include "data/column.hpp"
#include "runtime/step.hpp"

namespace fullbase::jobs {

/// One row of a column of `field`, from its text: numbers, decimals, true or false, dates and times (without an offset in the
/// job's time zone), texts. Nothing after a mistake was reported at the option `path`.
std::optional<data::Column> fill_value(runtime::CheckContext& context, std::string_view path, const data::Field& field,
                                       std::string_view text);

}  // namespace fullbase::jobs
