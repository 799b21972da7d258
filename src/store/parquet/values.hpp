// Arrow's arrays as values, and values as Arrow's arrays (private to this folder).
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>

#include "data/column.hpp"
#include "store/columnar_format.hpp"

namespace fullbase::store::parquet_files {

/// `where` and `first_row`, the number of the array's first row in its file, are for errors.
ColumnarValues values_of(const arrow::Array& array, const ColumnarField& field, ColumnarForm form, const std::string& where,
                         std::int64_t first_row);

/// The values of a column, missing ones (NaN too) as nulls, in the type that arrow_schema() gives its field. `categories`: the
/// column's dictionary as an array; null for other types.
std::shared_ptr<arrow::Array> array_of(const data::Column& column, const std::shared_ptr<arrow::Array>& categories);
/// Texts as an array.
std::shared_ptr<arrow::Array> texts_array(const data::Strings& texts);

}  // namespace fullbase::store::parquet_files
