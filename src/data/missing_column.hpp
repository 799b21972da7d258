// A column of which nothing is there.
#pragma once

#include <cstdint>

#include "data/column.hpp"

namespace fullbase::data {

/// `rows` values that are missing, whichever way the type says so.
Column missing_column(const Field& field, std::int64_t rows, const DictionaryPointer& dictionary = nullptr);

}  // namespace fullbase::data
