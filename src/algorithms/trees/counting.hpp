// What trees count: integers, so that the order in which rows are met makes no difference.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/int128.hpp"

namespace fullbase::trees {

/// How a row adds to a bin of a histogram, in 64-bit cells, and to a node's totals.
///  packed:  one cell, weight in the low half, weight of the second class in the high half: two classes, at most 2^32 - 1 rows
///  drawn pair:    two cells, weight and weighted sum: two classes beyond that, and regression, whose values are whole numbers of
///  a step classes: a cell a class, its weight
/// Totals are [weight, sum] for the first two and the classes' weights for the last.
struct Counting {
  enum class Kind : std::uint8_t { packed, pair, classes };
  Kind kind = Kind::packed;
  int classes = 2;  ///< 1: regression

  /// Cells of a bin.
  int cells() const noexcept { return kind == Kind::packed ? 1 : kind == Kind::pair ? 2 : classes; }
  /// Values of a node's totals.
  int width() const noexcept { return kind == Kind::classes ? classes : 2; }
  /// 64-bit words that a gathered row's label takes beside its bins.
  int row_words() const noexcept { return kind == Kind::pair ? 2 : 1; }

  std::int64_t weight(const std::int64_t* totals) const noexcept {
    if (kind != Kind::classes) return totals[0];
    std::int64_t sum = 0;
    for (int k = 0; k < classes; ++k) sum += totals[k];
    return sum;
  }
};

inline constexpr int histogram_bins = 256;  ///< the last one for missing values

/// The weights that a cell of packed counts holds.
constexpr std::int64_t packed_weight(std::uint64_t cell) noexcept {
  return static_cast<std::int64_t>(cell & 0xFFFFFFFFU);
}
constexpr std::int64_t packed_sum(std::uint64_t cell) noexcept {
  return static_cast<std::int64_t>(cell >> 32);
}

/// A row's label words: what it adds to the cells of each bin it is in. `code` is its class; `value` a regression's whole number.
inline void label_words(const Counting& counting, std::int64_t drawn, std::int32_t code, std::int64_t value,
                        std::uint64_t* words) noexcept {
  switch (counting.kind) {
    case Counting::Kind::packed:
      words[0] = static_cast<std::uint64_t>(drawn) | (code == 1 ? static_cast<std::uint64_t>(drawn) << 32 : 0);
      break;
    case Counting::Kind::pair:
      words[0] = static_cast<std::uint64_t>(drawn);
      words[1] = static_cast<std::uint64_t>(drawn * value);
      break;
    case Counting::Kind::classes:
      words[0] = static_cast<std::uint64_t>(drawn) | static_cast<std::uint64_t>(code) << 32;
  }
}

/// Adds a row to a bin, whose cells begin at `cells`.
template <Counting::Kind kind>
inline void add_row(std::uint64_t* cells, const std::uint64_t* words) noexcept {
  if constexpr (kind == Counting::Kind::packed) {
    cells[0] += words[0];
  } else if constexpr (kind == Counting::Kind::pair) {
    cells[0] += words[0];
    cells[1] += words[1];
  } else {
    cells[words[0] >> 32] += words[0] & 0xFFFFFFFFU;
  }
}

/// Adds a row to totals.
inline void add_to_totals(const Counting& counting, const std::uint64_t* words, std::int64_t* totals) noexcept {
  switch (counting.kind) {
    case Counting::Kind::packed:
      totals[0] += packed_weight(words[0]);
      totals[1] += packed_sum(words[0]);
      break;
    case Counting::Kind::pair:
      totals[0] += static_cast<std::int64_t>(words[0]);
      totals[1] += static_cast<std::int64_t>(words[1]);
      break;
    case Counting::Kind::classes:
      totals[words[0] >> 32] += static_cast<std::int64_t>(words[0] & 0xFFFFFFFFU);
  }
}

/// Calls work with the kind as a constant: work.template operator()<kind>().
template <class F>
decltype(auto) with_kind(Counting::Kind kind, F&& work) {
  switch (kind) {
    case Counting::Kind::packed:
      return work.template operator()<Counting::Kind::packed>();
    case Counting::Kind::pair:
      return work.template operator()<Counting::Kind::pair>();
    case Counting::Kind::classes:
      break;
  }
  return work.template operator()<Counting::Kind::classes>();
}

}  // namespace fullbase::trees
