// What a table looks like: named, typed columns, and which of them identifies a row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fullbase::data {

/// The types of docs/format.md. In memory each has one representation (see Column).
enum class Type : std::uint8_t {
  int64,      ///< whole number
  float64,    ///< NaN is missing
  float32,    ///< NaN is missing
  boolean,    ///< one byte, 0 or 1
  decimal,    ///< int64 units of 10^-scale; the least int64 is missing
  category,   ///< int32 code into a sorted dictionary; -1 is missing
  string,     ///< UTF-8
  timestamp,  ///< int64 microseconds since 1970-01-01 UTC; the least int64 is missing
  date,       ///< int32 days since 1970-01-01; the least int32 is missing
};

/// "int64", "decimal", ... as a job file spells it.
std::string_view type_name(Type type) noexcept;
std::optional<Type> type_from_name(std::string_view name) noexcept;

/// One column's description. Two fields are equal if a digest could not tell them apart.
struct Field {
  std::string name;
  Type type = Type::float64;
  bool nullable = false;  ///< values may be missing
  int scale = 0;          ///< decimal only: digits after the point, 0..18
  std::string unit = {};  ///< "day", "GBP", ...; empty where there is none

  friend bool operator==(const Field&, const Field&) = default;
};

/// "decimal(3)", "int64", ...: the type as a user writes it.
std::string type_text(const Field& field);

struct Schema {
  std::vector<Field> fields;
  std::string key = {};  ///< the column that identifies a row (a data frame's index); empty: the row number

  /// Position of a column, or nothing.
  std::optional<int> find(std::string_view name) const noexcept;
  /// Position of a column. Throws a job-file error that names `where` and the nearest existing name.
  int at(std::string_view name, std::string_view where) const;
  /// `name`, with as many apostrophes as make it a name that no column has.
  std::string unused_name(std::string name) const;
  const Field& operator[](int column) const { return fields.at(static_cast<std::size_t>(column)); }
  int columns() const noexcept { return static_cast<int>(fields.size()); }

  friend bool operator==(const Schema&, const Schema&) = default;
};

}  // namespace fullbase::data
