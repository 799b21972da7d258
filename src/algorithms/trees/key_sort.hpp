// Float32 values as integers that compare as they do, sorted by a rank's threads.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace fullbase::trees {

/// Compares as unsigned integers the way floats do; -0 is 0. No value has the key no_value.
constexpr std::uint32_t ordered_key(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0F);
  return bits ^ ((bits >> 31) != 0 ? ~std::uint32_t{0} : std::uint32_t{1} << 31);
}
constexpr float value_of_key(std::uint32_t key) noexcept {
  return std::bit_cast<float>(key ^ ((key >> 31) != 0 ? std::uint32_t{1} << 31 : ~std::uint32_t{0}));
}
inline constexpr std::uint32_t no_value = ~std::uint32_t{0};

/// Ascending. `scratch` is of the same size; what it holds is lost. At most four passes over the keys, by all threads. Not
/// collective.
void sort_keys(std::vector<std::uint32_t>& keys, std::vector<std::uint32_t>& scratch);

}  // namespace fullbase::trees
