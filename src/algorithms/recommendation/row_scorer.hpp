// The likenesses of a row with all rows of a strip.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "algorithms/recommendation/entry_strips.hpp"
#include "algorithms/recommendation/neighbours.hpp"

namespace fullbase::recommendation {

/// Likenesses with the rows of a strip, counted from its first.
struct StripLikenesses {
  std::span<const float> likeness;         ///< of each; 0 for the row itself, and where there is none
  bool is_sparse = false;                  ///< then all that have one are named:
  std::span<const std::uint16_t> touched;  ///< in no order, each once that has a likeness other than 0
};

/// One thread's.
class RowScorer {
 public:
  virtual ~RowScorer() = default;

  /// `row`: of the side; `places` and `values`: its entries, places being rows of the strip. The result, and common(), are of
  /// meaning until the next call. Each sum runs in the order of places. Cost: an addition for each entry of the strip in the rows
  /// at `places`; and one likeness for each row of the strip, or for each addition where they are fewer than a quarter of that.
  virtual StripLikenesses score(const EntryStrip& strip, std::int32_t row, std::span<const std::int32_t> places,
                                std::span<const float> values) = 0;
  /// What a row of the strip and the row have in common.
  virtual std::int32_t common(std::int32_t of_strip) const = 0;
};

/// `own_measures`: of each row of the side, by own_measure(). `width`: of strips at most. Memory: at most 52 bytes of each
/// column.
std::unique_ptr<RowScorer> make_row_scorer(const NeighbourOptions& options, std::span<const double> own_measures,
                                           std::int32_t width);

/// What the likeness must know of a row besides common entries. Not for bm25.
double own_measure(const NeighbourOptions& options, std::span<const float> values);

}  // namespace fullbase::recommendation
