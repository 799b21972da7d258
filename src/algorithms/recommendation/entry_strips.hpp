// The rows of a matrix cut into strips of columns, so that what is summed by column of a strip stays in a core's nearest caches.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/recommendation/sparse_rows.hpp"

namespace fullbase::recommendation {

/// Columns [first, first + width) of a matrix. Row r has entries [starts[r], starts[r + 1]), columns counted from `first`.
struct EntryStrip {
  std::int32_t first = 0;
  std::int32_t width = 0;
  std::vector<std::uint32_t> starts = {};
  std::vector<std::uint16_t> columns = {};
  std::vector<float> values = {};
};

/// The most columns that a strip can have.
inline constexpr std::int32_t widest_strip = 65536;

/// Strips of `width` columns each, the last one maybe less, of columns [first, last); the rows have no others. Not collective;
/// threads share the rows. Memory: 6 bytes an entry and 4 for each row and strip. Throws a job-file error where a strip would
/// have 2^32 entries.
std::vector<EntryStrip> cut_into_strips(const SparseRows& rows, std::int32_t first, std::int32_t last, std::int32_t width);

}  // namespace fullbase::recommendation
