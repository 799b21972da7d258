// How often a tree draws a row.
#include <algorithm>
#include <array>

#include "algorithms/trees/grow.hpp"

namespace fullbase::trees {
namespace {

/// The distribution function of a Poisson variable of mean 1, in units of 2^-32: a 32-bit number is drawn k times more than it
/// has of these at or below it.
constexpr std::array<std::uint32_t, 12> poisson_ends = {1580030169U, 3160060337U, 3950075422U, 4213413783U,
                                                        4279248374U, 4292415292U, 4294609778U, 4294923276U,
                                                        4294962463U, 4294966817U, 4294967253U, 4294967292U};

int poisson(std::uint32_t word) noexcept {
  int count = 0;
  while (count < static_cast<int>(poisson_ends.size()) && word >= poisson_ends[static_cast<std::size_t>(count)]) ++count;
  return count;
}

/// Eight rows share the four words of a counter.
constexpr std::int64_t rows_a_draw = 8;

int count_of(const std::array<std::uint64_t, 4>& words, std::int64_t place) noexcept {
  const auto word = words[static_cast<std::size_t>(place / 2)];
  return poisson(static_cast<std::uint32_t>(place % 2 == 0 ? word : word >> 32));
}

}  // namespace

int Bootstrap::count(int tree, std::int64_t row) const noexcept {
  if (!draws_) return 1;
  return count_of(generator_.words(row / rows_a_draw, tree), row % rows_a_draw);
}

void Bootstrap::counts(int tree, std::int64_t first, std::span<std::uint8_t> out) const noexcept {
  if (!draws_) {
    std::ranges::fill(out, std::uint8_t{1});
    return;
  }
  const auto rows = std::ssize(out);
  for (std::int64_t i = 0; i < rows;) {
    const auto row = first + i;
    const auto words = generator_.words(row / rows_a_draw, tree);
    for (auto place = row % rows_a_draw; place < rows_a_draw && i < rows; ++place, ++i)
      out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(count_of(words, place));
  }
}

}  // namespace fullbase::trees
