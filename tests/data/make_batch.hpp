// Small columns and tables written in a test's text. A value that is missing is std::nullopt.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/memory_table.hpp"

namespace fullbase::testing {

template <class T>
using Optional = std::vector<std::optional<T>>;

inline data::Column int64_column(std::string name, const Optional<std::int64_t>& values) {
  std::vector<std::int64_t> numbers;
  std::vector<std::uint8_t> missing;
  for (const auto& v : values) {
    numbers.push_back(v.value_or(0));
    missing.push_back(v ? 0 : 1);
  }
  const bool any = std::find(missing.begin(), missing.end(), 1) != missing.end();
  if (!any) missing.clear();
  return {data::Field{.name = std::move(name), .type = data::Type::int64, .nullable = any}, std::move(numbers),
          std::move(missing)};
}

inline data::Column bool_column(std::string name, const Optional<bool>& values) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> missing;
  for (const auto& v : values) {
    bytes.push_back(v.value_or(false) ? 1 : 0);
    missing.push_back(v ? 0 : 1);
  }
  const bool any = std::find(missing.begin(), missing.end(), 1) != missing.end();
  if (!any) missing.clear();
  return {data::Field{.name = std::move(name), .type = data::Type::boolean, .nullable = any}, std::move(bytes),
          std::move(missing)};
}

/// Missing is NaN.
inline data::Column float64_column(std::string name, std::vector<double> values) {
  return {data::Field{.name = std::move(name), .type = data::Type::float64}, std::move(values)};
}
inline data::Column float32_column(std::string name, std::vector<float> values) {
  return {data::Field{.name = std::move(name), .type = data::Type::float32}, std::move(values)};
}

/// Units of 10^-scale.
inline data::Column decimal_column(std::string name, int scale, const Optional<std::int64_t>& units) {
  std::vector<std::int64_t> values;
  for (const auto& v : units) values.push_back(v.value_or(data::missing_int64));
  return {data::Field{.name = std::move(name), .type = data::Type::decimal, .nullable = true, .scale = scale}, std::move(values)};
}
/// Microseconds since 1970.
inline data::Column timestamp_column(std::string name, const Optional<std::int64_t>& times) {
  std::vector<std::int64_t> values;
  for (const auto& v : times) values.push_back(v.value_or(data::missing_int64));
  return {data::Field{.name = std::move(name), .type = data::Type::timestamp, .nullable = true}, std::move(values)};
}
/// Days since 1970.
inline data::Column date_column(std::string name, const Optional<std::int32_t>& days) {
  std::vector<std::int32_t> values;
  for (const auto& v : days) values.push_back(v.value_or(data::missing_date));
  return {data::Field{.name = std::move(name), .type = data::Type::date, .nullable = true}, std::move(values)};
}

inline data::Column string_column(std::string name, const Optional<std::string>& values) {
  data::Strings texts;
  std::vector<std::uint8_t> missing;
  for (const auto& v : values) {
    texts.push_back(v.value_or(""));
    missing.push_back(v ? 0 : 1);
  }
  const bool any = std::find(missing.begin(), missing.end(), 1) != missing.end();
  if (!any) missing.clear();
  return {data::Field{.name = std::move(name), .type = data::Type::string, .nullable = any}, std::move(texts),
          std::move(missing)};
}

inline data::DictionaryPointer make_dictionary(const std::vector<std::string>& texts) {
  data::Strings sorted;
  for (const auto& text : std::set<std::string>(texts.begin(), texts.end())) sorted.push_back(text);
  return std::make_shared<const data::Dictionary>(std::move(sorted));
}

/// The dictionary holds the values that occur.
inline data::Column category_column(std::string name, const Optional<std::string>& values) {
  std::vector<std::string> texts;
  for (const auto& v : values) {
    if (v) texts.push_back(*v);
  }
  auto dictionary = make_dictionary(texts);
  std::vector<std::int32_t> codes;
  for (const auto& v : values) codes.push_back(v ? *dictionary->find(*v) : data::missing_code);
  data::Field field{.name = std::move(name), .type = data::Type::category, .nullable = true};
  return {std::move(field), std::move(codes), {}, std::move(dictionary)};
}

/// Columns of one length, as rows [first_row, first_row + length).
inline data::Batch make_batch(std::vector<data::Column> columns, std::int64_t first_row = 0) {
  const std::int64_t rows = columns.empty() ? 0 : columns.front().rows();
  return {.rows = {first_row, first_row + rows}, .columns = std::move(columns)};
}

inline data::MemoryTable make_table(std::string name, std::vector<data::Column> columns, std::string key = {}) {
  return {std::move(name), make_batch(std::move(columns)), std::move(key)};
}

}  // namespace fullbase::testing
