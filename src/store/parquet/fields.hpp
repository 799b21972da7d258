// Arrow's types and ours (private to this folder).
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/schema.hpp"
#include "store/columnar_format.hpp"

namespace fullbase::store::parquet_files {

/// How a column is taken, or why it is not. Whole numbers become int64, float16 nothing, timestamps of any unit timestamp,
/// decimals decimal, dictionaries of texts category. Units, and whether a float column's NaN may be missing, are read from what
/// arrow_schema() wrote.
ColumnarField field_of(const arrow::Field& field);
/// The key that arrow_schema() wrote, or "".
std::string key_of(const arrow::Schema& schema);

/// category -> dictionary<int32, string>, decimal(n) -> decimal128(18, n), timestamp -> timestamp[us, UTC], date -> date32. Float
/// columns may be null, since NaN is written as null. A column's unit and the table's key go into metadata.
std::shared_ptr<arrow::Schema> arrow_schema(std::span<const data::Field> fields, const std::string& key);

}  // namespace fullbase::store::parquet_files
