// Names made of a letter and a number of fixed width: they sort as the numbers do.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace fullbase::synthetic {

/// Digits that the numbers 1..count need, at least `least`.
inline int digits_of(std::int64_t count, int least) {
  return std::max(least, static_cast<int>(std::to_string(count).size()));
}

/// "C0000001" for index 0.
inline std::string numbered(char letter, std::int64_t index, int digits) {
  const std::string number = std::to_string(index + 1);
  return letter + std::string(static_cast<std::size_t>(std::max(0, digits - static_cast<int>(number.size()))), '0') + number;
}

inline constexpr int customer_digits = 7;
inline constexpr int item_digits = 5;

}  // namespace fullbase::synthetic
