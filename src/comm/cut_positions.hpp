// Where sorted rows on many ranks are to be cut so that exactly so many rows of the whole lie before each cut.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "comm/communicator.hpp"

namespace fullbase::comm {

/// This rank's rows, sorted by their keys: word `level` of the key of the row at `position`. All ranks' keys together are
/// compared word by word, missing words being 0.
using KeyWords = std::function<std::uint64_t(std::int64_t position, int level)>;

enum class Cut {
  exact,        ///< rows of equal keys may fall on both sides
  whole_groups  ///< a cut within rows of equal keys moves behind the last of them
};

/// For each target the position that cuts this rank's rows: summed over ranks they are the target, and every row before the cuts
/// comes before every row behind them in the order (key, rank, position). Targets are global row counts, ascending, the same on
/// all ranks. Collective; needs no sample, and skew costs nothing.
///
/// By bisection over the values of each word, all targets at once: at most 64 reductions of 8 bytes a target and word (as many as
/// the word's range has bits), 3 more a word, and one gathering of 8 bytes a target and rank.
std::vector<std::int64_t> cut_positions(Communicator& communicator, std::int64_t rows, const KeyWords& words, int levels,
                                        std::span<const std::int64_t> targets, Cut cut);

}  // namespace fullbase::comm
