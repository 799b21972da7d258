// Whole numbers of JSON texts that others may have written, or a disk altered.
#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

namespace fullbase::store {

/// The number as a T. The JSON library's own conversion takes fractions and what is beyond a T too, with no defined result.
/// Throws nlohmann::json::exception for these, as that does for what is no number.
template <std::integral T = std::int64_t, class Json>
T whole_number(const Json& json) {
  const bool fits = json.is_number_unsigned() ? std::in_range<T>(json.template get<std::uint64_t>())
                                              : json.is_number_integer() && std::in_range<T>(json.template get<std::int64_t>());
  if (!fits) throw Json::type_error::create(302, "a number is not a whole one, or too large", &json);
  return json.template get<T>();
}

}  // namespace fullbase::store
