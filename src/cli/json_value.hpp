// One value of a column in JSON; private to this folder.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>

#include "data/column.hpp"

namespace fullbase::cli {

/// Whole numbers, floats and decimals as numbers (decimals rounded once to a double), booleans, texts and times as show_value()
/// writes them; null where there is none or a float is infinite.
nlohmann::ordered_json json_value(const data::Column& column, std::int64_t row);
/// A number that may be NaN or infinite, which JSON has no word for: null.
nlohmann::ordered_json json_number(double value);
/// The document on lines of its own. Texts that are no UTF-8 have U+FFFD in those places.
void print_json(const nlohmann::ordered_json& document, std::ostream& out);

}  // namespace fullbase::cli
