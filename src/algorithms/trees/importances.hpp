// How much each feature has to do with what a forest tells.
#pragma once

#include <functional>
#include <vector>

#include "algorithms/trees/out_of_bag.hpp"
#include "random/generator.hpp"

namespace fullbase::trees {

/// The sum of the gains of a feature's splits over all trees, as shares that sum to 1; all 0 in a forest without a split.
std::vector<double> gain_importances(const Forest& forest, int features);

/// The quality of scores of this rank's rows, over those that are scored; greater is better. Collective.
using Quality = std::function<double(const RowScores& scores)>;

using PermutationObserver = std::function<void(std::span<const double> drops, std::int64_t total)>;

struct PermutationImportance {
  double mean = 0;       ///< of the drops of quality, over the repeats
  double deviation = 0;  ///< their standard deviation (n - 1); 0 of one repeat
};

/// Collective. How far quality drops where a feature's values are dealt to the rows at random (L. Breiman 2001), over `repeats`
/// permutations, which all features share. Rows are scored by the trees of `unseen`, or by all where it is null. A feature that
/// no tree splits by has 0 without a look. `observer` is called on every rank after each feature and repeat, with the drops so
/// far, which are all that an interrupted call has to be given as `drops` to go on with the same result, and how many there will
/// be. The same on any ranks as far as `quality` is.
///
/// Memory on a rank, from the budget: row_scores_bytes(), and 18 bytes a row. Reads the matrix twice for each feature and repeat.
/// Sends what PermutedBytes does, once a repeat and once a feature, and what quality does.
std::vector<PermutationImportance> permutation_importances(comm::Communicator& communicator, const ForestScorer& scorer,
                                                           const data::ByteBlocks& matrix, const UnseenTrees* unseen,
                                                           const Quality& quality, int repeats, random::Key key,
                                                           data::Budget& budget, const PermutationObserver& observer,
                                                           std::vector<double> drops = {});

}  // namespace fullbase::trees
