// Kinds of column types that many ask for.
#pragma once

#include "data/schema.hpp"

namespace fullbase::data {

constexpr bool is_float(Type type) noexcept {
  return type == Type::float64 || type == Type::float32;
}
/// What can be added up.
constexpr bool is_number(Type type) noexcept {
  return is_float(type) || type == Type::int64 || type == Type::decimal;
}
/// Texts, whichever way they are kept.
constexpr bool is_text(Type type) noexcept {
  return type == Type::string || type == Type::category;
}
constexpr bool is_time(Type type) noexcept {
  return type == Type::timestamp || type == Type::date;
}

}  // namespace fullbase::data
