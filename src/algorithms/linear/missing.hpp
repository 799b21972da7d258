// What a model of encoded rows makes of a value that is missing.
#pragma once

#include <cmath>
#include <cstdint>

namespace fullbase::linear {

enum class Missing : std::uint8_t {
  error,  ///< a missing value is an error in training, and a row that has one is not scored
  mean,   ///< a missing number is the column's mean, a missing category none of the categories
};

/// Whether a model scores a row, feature f of which is at values[f * stride]: an infinite value never counts as any number.
inline bool is_scored(const double* values, std::int64_t stride, std::int64_t features, Missing missing) noexcept {
  for (std::int64_t f = 0; f < features; ++f) {
    const double x = values[f * stride];
    if (std::isinf(x) || (std::isnan(x) && missing == Missing::error)) return false;
  }
  return true;
}

}  // namespace fullbase::linear
