#include "store/parquet/values.hpp"

#include <arrow/api.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "store/parquet/status.hpp"

namespace fullbase::store::parquet_files {
namespace {

constexpr std::int64_t least_int64 = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest_int64 = std::numeric_limits<std::int64_t>::max();

/// One array on its way.
struct Reading {
  const arrow::Array& array;
  const std::string& where;
  std::int64_t first_row;

  [[noreturn]] void refuse(std::int64_t i, const std::string& value, const char* problem) const {
    throw base::input_error(fmt::format("row {}: {} {}", first_row + i, value, problem), where,
                            "leave the column out, or import it as another type");
  }
};

std::vector<std::uint8_t> mask_of(const arrow::Array& array) {
  std::vector<std::uint8_t> missing;
  if (array.null_count() == 0) return missing;
  missing.resize(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) missing[static_cast<std::size_t>(i)] = array.IsNull(i);
  return missing;
}

/// convert(value, i) of each value that is there.
template <class To, class Array, class Convert>
ColumnarValues fixed(const Reading& reading, Convert&& convert) {
  const auto& array = static_cast<const Array&>(reading.array);
  std::vector<To> values(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) {
    if (!array.IsNull(i)) values[static_cast<std::size_t>(i)] = convert(array.Value(i), i);
  }
  return {std::move(values), mask_of(array)};
}

template <class Array>
ColumnarValues whole_numbers(const Reading& reading) {
  return fixed<std::int64_t, Array>(reading, [](auto value, std::int64_t) { return static_cast<std::int64_t>(value); });
}

template <class Array, class Number>
ColumnarValues floats(const Reading& reading) {
  ColumnarValues values =
      fixed<Number, Array>(reading, [](Number value, std::int64_t) { return value == 0 ? Number{0} : value; });
  const auto& numbers = std::get<std::vector<Number>>(values.values);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!std::isnan(numbers[i])) continue;
    values.missing.resize(numbers.size());
    values.missing[i] = 1;
  }
  return values;
}

ColumnarValues unsigned_numbers(const Reading& reading, ColumnarForm form) {
  if (form == ColumnarForm::texts) {
    const auto& array = static_cast<const arrow::UInt64Array&>(reading.array);
    data::Strings texts;
    for (std::int64_t i = 0; i < array.length(); ++i) texts.push_back(array.IsNull(i) ? "" : std::to_string(array.Value(i)));
    return {std::move(texts), mask_of(array)};
  }
  return fixed<std::int64_t, arrow::UInt64Array>(reading, [&](std::uint64_t value, std::int64_t i) {
    if (value > static_cast<std::uint64_t>(greatest_int64)) reading.refuse(i, std::to_string(value), "is beyond int64");
    return static_cast<std::int64_t>(value);
  });
}

/// Units of a decimal of any width, if int64 holds them. The least int64 stands for a missing value.
template <class Array>
std::optional<std::int64_t> units_of(const Array& array, std::int64_t i) {
  using Value = typename arrow::TypeTraits<typename Array::TypeClass>::CType;
  const Value value(array.GetValue(i));
  std::int64_t units = 0;
  if constexpr (std::is_same_v<Value, arrow::Decimal32> || std::is_same_v<Value, arrow::Decimal64>) {
    units = static_cast<std::int64_t>(value.value());
  } else {
    if (value > Value(greatest_int64) || value < Value(-greatest_int64)) return std::nullopt;
    units = static_cast<std::int64_t>(value.IsNegative() ? -static_cast<std::int64_t>((-value).low_bits())
                                                         : static_cast<std::int64_t>(value.low_bits()));
  }
  if (units == least_int64) return std::nullopt;
  return units;
}

template <class Array>
ColumnarValues decimals(const Reading& reading, ColumnarForm form) {
  const auto& array = static_cast<const Array&>(reading.array);
  if (form == ColumnarForm::texts) {
    data::Strings texts;
    for (std::int64_t i = 0; i < array.length(); ++i) texts.push_back(array.IsNull(i) ? "" : array.FormatValue(i));
    return {std::move(texts), mask_of(array)};
  }
  std::vector<std::int64_t> values(static_cast<std::size_t>(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    const auto units = units_of(array, i);
    if (!units) reading.refuse(i, array.FormatValue(i), "has more digits than 64 bits hold");
    values[static_cast<std::size_t>(i)] = *units;
  }
  return {std::move(values), mask_of(array)};
}

/// Finer units are cut to microseconds.
ColumnarValues timestamps(const Reading& reading) {
  const auto unit = static_cast<const arrow::TimestampType&>(*reading.array.type()).unit();
  const std::int64_t factor = unit == arrow::TimeUnit::SECOND ? 1'000'000 : unit == arrow::TimeUnit::MILLI ? 1'000 : 1;
  return fixed<std::int64_t, arrow::TimestampArray>(reading, [&](std::int64_t value, std::int64_t i) {
    if (unit == arrow::TimeUnit::NANO) return value / 1'000 - (value % 1'000 < 0);
    if (value > greatest_int64 / factor || value < -greatest_int64 / factor)
      reading.refuse(i, std::to_string(value), "is a time beyond 64 bits of microseconds");
    return value * factor;
  });
}

ColumnarValues dates(const Reading& reading) {
  const auto day = [&](std::int64_t value, std::int64_t i) {
    if (value > std::numeric_limits<std::int32_t>::max() || value <= std::numeric_limits<std::int32_t>::min())
      reading.refuse(i, std::to_string(value), "is a day beyond 32 bits");
    return static_cast<std::int32_t>(value);
  };
  if (reading.array.type_id() == arrow::Type::DATE32) return fixed<std::int32_t, arrow::Date32Array>(reading, day);
  constexpr std::int64_t milliseconds_per_day = 86'400'000;
  return fixed<std::int32_t, arrow::Date64Array>(reading, [&](std::int64_t value, std::int64_t i) {
    return day(value / milliseconds_per_day - (value % milliseconds_per_day < 0), i);
  });
}

template <class Array>
data::Strings texts_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  data::Strings texts;
  texts.reserve(array.length(), 0);
  for (std::int64_t i = 0; i < array.length(); ++i) texts.push_back(array.IsNull(i) ? std::string_view() : typed.GetView(i));
  return texts;
}

data::Strings strings_of(const arrow::Array& array, const std::string& where) {
  switch (array.type_id()) {
    case arrow::Type::STRING:
      return texts_of<arrow::StringArray>(array);
    case arrow::Type::LARGE_STRING:
      return texts_of<arrow::LargeStringArray>(array);
    case arrow::Type::STRING_VIEW:
      return texts_of<arrow::StringViewArray>(array);
    default:
      throw damaged("a column of texts holds " + array.type()->ToString(), where);
  }
}

ColumnarValues codes_of(const Reading& reading) {
  const auto& array = static_cast<const arrow::DictionaryArray&>(reading.array);
  ColumnarValues values{std::vector<std::int32_t>(static_cast<std::size_t>(array.length()), data::missing_code), mask_of(array),
                        strings_of(*array.dictionary(), reading.where)};
  auto& codes = std::get<std::vector<std::int32_t>>(values.values);
  for (std::int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    const std::int64_t code = array.GetValueIndex(i);
    if (code < 0 || code >= values.texts.size()) throw damaged("a code is none of its dictionary", reading.where);
    if (array.dictionary()->IsNull(code)) {
      values.missing.resize(codes.size());
      values.missing[static_cast<std::size_t>(i)] = 1;
    } else {
      codes[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(code);
    }
  }
  return values;
}

}  // namespace

ColumnarValues values_of(const arrow::Array& array, const ColumnarField& field, ColumnarForm form, const std::string& where,
                         std::int64_t first_row) {
  const Reading reading{array, where, first_row};
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return whole_numbers<arrow::Int8Array>(reading);
    case arrow::Type::INT16:
      return whole_numbers<arrow::Int16Array>(reading);
    case arrow::Type::INT32:
      return whole_numbers<arrow::Int32Array>(reading);
    case arrow::Type::INT64:
      return whole_numbers<arrow::Int64Array>(reading);
    case arrow::Type::UINT8:
      return whole_numbers<arrow::UInt8Array>(reading);
    case arrow::Type::UINT16:
      return whole_numbers<arrow::UInt16Array>(reading);
    case arrow::Type::UINT32:
      return whole_numbers<arrow::UInt32Array>(reading);
    case arrow::Type::UINT64:
      return unsigned_numbers(reading, form);
    case arrow::Type::FLOAT:
      return floats<arrow::FloatArray, float>(reading);
    case arrow::Type::DOUBLE:
      return floats<arrow::DoubleArray, double>(reading);
    case arrow::Type::BOOL:
      return fixed<std::uint8_t, arrow::BooleanArray>(reading, [](bool value, std::int64_t) { return std::uint8_t{value}; });
    case arrow::Type::DECIMAL32:
      return decimals<arrow::Decimal32Array>(reading, form);
    case arrow::Type::DECIMAL64:
      return decimals<arrow::Decimal64Array>(reading, form);
    case arrow::Type::DECIMAL128:
      return decimals<arrow::Decimal128Array>(reading, form);
    case arrow::Type::DECIMAL256:
      return decimals<arrow::Decimal256Array>(reading, form);
    case arrow::Type::TIMESTAMP:
      return timestamps(reading);
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return dates(reading);
    case arrow::Type::DICTIONARY:
      return codes_of(reading);
    default:
      if (field.field.type == data::Type::string) return {strings_of(array, where), mask_of(array)};
      throw damaged("a column holds " + array.type()->ToString(), where);
  }
}

namespace {

/// Appends value(row) or a null for each row.
template <class Builder, class Value>
std::shared_ptr<arrow::Array> build(Builder& builder, const data::Column& column, Value&& value) {
  const auto check = [](const arrow::Status& status) { require_written(status, "Arrow"); };
  check(builder.Reserve(column.rows()));
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    check(column.is_missing(row) ? builder.AppendNull() : builder.Append(value(row)));
  }
  std::shared_ptr<arrow::Array> array;
  check(builder.Finish(&array));
  return array;
}

}  // namespace

std::shared_ptr<arrow::Array> texts_array(const data::Strings& texts) {
  arrow::StringBuilder builder(arrow::system_memory_pool());
  for (std::int64_t i = 0; i < texts.size(); ++i) require_written(builder.Append(texts[i]), "Arrow");
  std::shared_ptr<arrow::Array> array;
  require_written(builder.Finish(&array), "Arrow");
  return array;
}

std::shared_ptr<arrow::Array> array_of(const data::Column& column, const std::shared_ptr<arrow::Array>& categories) {
  auto* const pool = arrow::system_memory_pool();
  const auto at = [](auto span) { return [span](std::int64_t row) { return span[static_cast<std::size_t>(row)]; }; };
  switch (column.field().type) {
    case data::Type::int64: {
      arrow::Int64Builder builder(pool);
      return build(builder, column, at(column.int64s()));
    }
    case data::Type::float64: {
      arrow::DoubleBuilder builder(pool);
      return build(builder, column, at(column.float64s()));
    }
    case data::Type::float32: {
      arrow::FloatBuilder builder(pool);
      return build(builder, column, at(column.float32s()));
    }
    case data::Type::boolean: {
      arrow::BooleanBuilder builder(pool);
      return build(builder, column, [&](std::int64_t row) { return column.bools()[static_cast<std::size_t>(row)] != 0; });
    }
    case data::Type::decimal: {
      arrow::Decimal128Builder builder(arrow::decimal128(18, column.field().scale), pool);
      return build(builder, column,
                   [&](std::int64_t row) { return arrow::Decimal128(column.int64s()[static_cast<std::size_t>(row)]); });
    }
    case data::Type::category: {
      arrow::Int32Builder builder(pool);
      const auto codes = build(builder, column, at(column.int32s()));
      return require(arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int32(), arrow::utf8()), codes, categories),
                     column.field().name);
    }
    case data::Type::string: {
      arrow::StringBuilder builder(pool);
      return build(builder, column, [&](std::int64_t row) { return column.text(row); });
    }
    case data::Type::timestamp: {
      arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), pool);
      return build(builder, column, at(column.int64s()));
    }
    case data::Type::date: {
      arrow::Date32Builder builder(pool);
      return build(builder, column, at(column.int32s()));
    }
  }
  throw base::internal_error("a column of no known type");
}

}  // namespace fullbase::store::parquet_files
