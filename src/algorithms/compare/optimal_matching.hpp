// Which of today's groups is which of yesterday's: the assignment problem, solved exactly.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fullbase::compare {

inline constexpr int unmatched = -1;

/// The column that each row is matched with, each column at most once, so that the sum of `gain` over all matched pairs is the
/// greatest that there is; as many pairs as the smaller side has. `gain` holds rows x columns values, row by row, from -2^40 to
/// 2^40; at least one column. Of equally good matchings the one that this order of search finds: a function of the gains alone.
///
/// Method: shortest augmenting paths (the Hungarian method as R. Jonker and A. Volgenant 1987 arrange it), in integers. Cost:
/// smaller^2 x larger steps; memory 8 bytes a pair. Not collective.
std::vector<int> greatest_matching(std::span<const std::int64_t> gain, int rows, int columns);

}  // namespace fullbase::compare
