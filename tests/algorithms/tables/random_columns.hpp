// Columns of random values of any type, and values as texts that are equal where the values are.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "data/make_batch.hpp"

namespace fullbase::testing {

/// A sequence that looks random and is the same everywhere.
class Sequence {
 public:
  explicit Sequence(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15 + 1) {}
  /// Of [0, count).
  std::int64_t below(std::int64_t count) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::int64_t>((state_ >> 8) % static_cast<std::uint64_t>(count));
  }

 private:
  std::uint64_t state_;
};

enum class Kind { close, far, category, string, date, timestamp, decimal, boolean, float64 };

/// Column of the values that `numbers` stand for, equal numbers for equal values (booleans: by parity); missing where none.
inline data::Column column_of(Kind kind, const std::string& name, const Optional<std::int64_t>& numbers) {
  const auto of = [&]<class T>(T&&, auto&& value) {
    Optional<T> values;
    for (const auto& number : numbers) values.push_back(number ? std::optional<T>(value(*number)) : std::nullopt);
    return values;
  };
  const auto text = [](std::int64_t n) {
    return n == 0 ? std::string() : fmt::format("key {}{}", n * 7919 % 100'003, n % 3 == 0 ? " long" : "");
  };
  switch (kind) {
    case Kind::close:
      return int64_column(name, of(std::int64_t{}, [](auto n) { return n - 50; }));
    case Kind::far:
      return int64_column(name, of(std::int64_t{}, [](auto n) { return (n - 5) * 1'000'000'007'000; }));
    case Kind::category:
      return category_column(name, of(std::string{}, text));
    case Kind::string:
      return string_column(name, of(std::string{}, text));
    case Kind::date:
      return date_column(name, of(std::int32_t{}, [](auto n) { return static_cast<std::int32_t>(n * 3); }));
    case Kind::timestamp:
      return timestamp_column(name, of(std::int64_t{}, [](auto n) { return n * 86'400'000'000; }));
    case Kind::decimal:
      return decimal_column(name, 2, of(std::int64_t{}, [](auto n) { return n * 25 - 100; }));
    case Kind::boolean:
      return bool_column(name, of(bool{}, [](auto n) { return n % 2 == 1; }));
    case Kind::float64:
      break;
  }
  std::vector<double> values;
  for (const auto& number : numbers) values.push_back(number ? static_cast<double>(*number) / 4 : data::missing_float64);
  return float64_column(name, std::move(values));
}

inline std::string cell(const data::Column& column, std::int64_t row) {
  if (column.is_missing(row)) return "-";
  const auto type = column.field().type;
  if (type == data::Type::string || type == data::Type::category) return fmt::format("'{}'", column.text(row));
  return fmt::format("{}", column.number(row));
}

/// Cells of some columns of a row.
inline std::string cells(const data::Batch& batch, const std::vector<int>& columns, std::int64_t row) {
  std::string text;
  for (const int column : columns) text += cell(batch[static_cast<std::size_t>(column)], row) + "|";
  return text;
}
inline bool has_all(const data::Batch& batch, const std::vector<int>& columns, std::int64_t row) {
  return std::none_of(columns.begin(), columns.end(),
                      [&](int column) { return batch[static_cast<std::size_t>(column)].is_missing(row); });
}

}  // namespace fullbase::testing
