#include "store/parquet/fields.hpp"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "data/type_kinds.hpp"

namespace fullbase::store::parquet_files {
namespace {

constexpr const char* unit_entry = "fullbase_unit";
constexpr const char* nullable_entry = "fullbase_nullable";
constexpr const char* key_entry = "fullbase_key";
/// Digits that every int64 has room for.
constexpr int int64_digits = 18;

bool is_text(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING || type.id() == arrow::Type::STRING_VIEW;
}

void take_decimal(const arrow::DecimalType& type, ColumnarField& field) {
  if (type.scale() < 0 || type.scale() > base::max_decimal_scale) {
    field.refusal = "is " + type.ToString() + ", and decimals have 0 to 18 digits after the point";
    return;
  }
  field.field.type = data::Type::decimal;
  field.field.scale = type.scale();
  field.as_text = type.precision() > int64_digits;
}

std::string entry(const std::shared_ptr<const arrow::KeyValueMetadata>& metadata, const char* name) {
  return metadata ? metadata->Get(name).ValueOr("") : std::string();
}

std::shared_ptr<arrow::DataType> arrow_type(const data::Field& field) {
  switch (field.type) {
    case data::Type::int64:
      return arrow::int64();
    case data::Type::float64:
      return arrow::float64();
    case data::Type::float32:
      return arrow::float32();
    case data::Type::boolean:
      return arrow::boolean();
    case data::Type::decimal:
      return arrow::decimal128(int64_digits, field.scale);
    case data::Type::category:
      return arrow::dictionary(arrow::int32(), arrow::utf8());
    case data::Type::string:
      return arrow::utf8();
    case data::Type::timestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case data::Type::date:
      return arrow::date32();
  }
  throw base::internal_error("a column of no known type");
}

}  // namespace

ColumnarField field_of(const arrow::Field& from) {
  ColumnarField result;
  data::Field& field = result.field;
  field.name = from.name();
  field.nullable = from.nullable();
  const arrow::DataType& type = *from.type();
  switch (type.id()) {
    case arrow::Type::UINT64:
      result.as_text = true;
      [[fallthrough]];
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
      field.type = data::Type::int64;
      break;
    case arrow::Type::FLOAT:
      field.type = data::Type::float32;
      break;
    case arrow::Type::DOUBLE:
      field.type = data::Type::float64;
      break;
    case arrow::Type::BOOL:
      field.type = data::Type::boolean;
      break;
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      take_decimal(static_cast<const arrow::DecimalType&>(type), result);
      break;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      field.type = data::Type::string;
      break;
    case arrow::Type::DICTIONARY:
      if (is_text(*static_cast<const arrow::DictionaryType&>(type).value_type())) {
        field.type = data::Type::category;
      } else {
        result.refusal = "is " + type.ToString() + ", and only texts can be categories";
      }
      break;
    case arrow::Type::TIMESTAMP:
      field.type = data::Type::timestamp;
      result.local = static_cast<const arrow::TimestampType&>(type).timezone().empty();
      break;
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      field.type = data::Type::date;
      break;
    default:
      result.refusal =
          (type.num_fields() > 0 ? "is nested (" : "has a type that fullbase has no counterpart of (") + type.ToString() + ")";
      return result;
  }
  field.unit = entry(from.metadata(), unit_entry);
  if (is_float(field.type) && entry(from.metadata(), nullable_entry) == "false") field.nullable = false;
  return result;
}

std::string key_of(const arrow::Schema& schema) {
  return entry(schema.metadata(), key_entry);
}

std::shared_ptr<arrow::Schema> arrow_schema(std::span<const data::Field> fields, const std::string& key) {
  arrow::FieldVector result;
  for (const data::Field& field : fields) {
    std::vector<std::string> names;
    std::vector<std::string> values;
    if (!field.unit.empty()) {
      names.emplace_back(unit_entry);
      values.push_back(field.unit);
    }
    if (is_float(field.type) && !field.nullable) {
      names.emplace_back(nullable_entry);
      values.emplace_back("false");
    }
    auto made = arrow::field(field.name, arrow_type(field), field.nullable || is_float(field.type));
    if (!names.empty()) made = made->WithMetadata(arrow::key_value_metadata(std::move(names), std::move(values)));
    result.push_back(std::move(made));
  }
  auto metadata = key.empty() ? nullptr : arrow::key_value_metadata({key_entry}, {key});
  return arrow::schema(std::move(result), std::move(metadata));
}

}  // namespace fullbase::store::parquet_files
