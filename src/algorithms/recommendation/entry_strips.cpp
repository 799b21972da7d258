#include "algorithms/recommendation/entry_strips.hpp"

#include <algorithm>
#include <limits>

#include "base/block.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::recommendation {
namespace {

/// Calls piece(strip, first entry, last entry) for what a row has in each strip.
template <class F>
void for_each_piece(const SparseRows& rows, std::int64_t row, std::int32_t first, std::int32_t width, F&& piece) {
  const auto end = rows.starts[static_cast<std::size_t>(row) + 1];
  for (auto entry = rows.starts[static_cast<std::size_t>(row)]; entry < end;) {
    const auto strip = (rows.columns[static_cast<std::size_t>(entry)] - first) / width;
    const auto border = first + (strip + 1) * width;
    auto last = entry + 1;
    while (last < end && rows.columns[static_cast<std::size_t>(last)] < border) ++last;
    piece(static_cast<std::size_t>(strip), entry, last);
    entry = last;
  }
}

}  // namespace

std::vector<EntryStrip> cut_into_strips(const SparseRows& rows, std::int32_t first, std::int32_t last, std::int32_t width) {
  FULLBASE_EXPECTS(width > 0 && width <= widest_strip, "a strip has columns that 16 bits count");
  std::vector<EntryStrip> strips;
  for (auto at = first; at < last; at += std::min(width, last - at)) {
    auto& strip = strips.emplace_back(EntryStrip{at, std::min(width, last - at)});
    strip.starts.resize(static_cast<std::size_t>(rows.rows()) + 1);
  }
  const auto blocks = base::block_count(rows.rows());
  const auto work = [&](auto&& piece) {
    parallel::for_each(
        0, blocks,
        [&](std::int64_t block, int) {
          const auto range = base::rows_of_block(block, rows.rows());
          for (auto row = range.first; row < range.last; ++row) {
            for_each_piece(rows, row, first, width, [&](std::size_t strip, std::int64_t begin, std::int64_t end) {
              piece(strips[strip], static_cast<std::size_t>(row), begin, end);
            });
          }
        },
        parallel::grain_of(blocks, static_cast<double>(rows.entries())));
  };
  // Lengths first, one place on, so that they become starts where they stand.
  work([](EntryStrip& strip, std::size_t row, std::int64_t begin, std::int64_t end) {
    strip.starts[row + 1] = static_cast<std::uint32_t>(end - begin);
  });
  for (auto& strip : strips) {
    std::int64_t entries = 0;
    for (auto& start : strip.starts) {
      entries += start;
      start = static_cast<std::uint32_t>(entries);
    }
    if (entries > std::numeric_limits<std::uint32_t>::max())
      throw base::job_file_error("a rank needs more than 4,294,967,295 entries of a few thousand rows at once", {},
                                 "use more ranks");
    strip.columns.resize(static_cast<std::size_t>(entries));
    strip.values.resize(strip.columns.size());
  }
  work([&](EntryStrip& strip, std::size_t row, std::int64_t begin, std::int64_t end) {
    auto at = strip.starts[row];
    for (auto entry = static_cast<std::size_t>(begin); entry < static_cast<std::size_t>(end); ++entry, ++at) {
      strip.columns[at] = static_cast<std::uint16_t>(rows.columns[entry] - strip.first);
      strip.values[at] = rows.values[entry];
    }
  });
  return strips;
}

}  // namespace fullbase::recommendation
