#include "jobs/forest_memory.hpp"

#include <algorithm>
#include <limits>

#include "algorithms/trees/out_of_bag.hpp"
#include "algorithms/trees/pace.hpp"

namespace fullbase::jobs {
std::int64_t label_bytes(const ForestSize& size) noexcept {
  return (size.outputs == 1 ? 16 : 4) * size.local_rows;
}

GrowingBytes growing_bytes(const ForestSize& size, int threads) {
  trees::GrowSize growing{.rows = size.rows,
                          .local_rows = size.local_rows,
                          .has_lists = true,
                          .has_streams = true,
                          .ranks = size.ranks,
                          .threads = threads,
                          .all_threads = std::int64_t{threads} * size.ranks,
                          .features = size.features,
                          .features_per_node = size.features_per_node,
                          .cells = size.outputs == 1   ? 2
                                   : size.outputs == 2 ? 1
                                                       : size.outputs,
                          .row_words = size.outputs == 1 ? 2 : 1,
                          .trees = size.trees};
  const auto least = trees::pace_of(growing, 0).bytes;
  growing.has_streams = false;
  return {least, std::max(least, trees::pace_of(growing, std::numeric_limits<std::int64_t>::max()).bytes)};
}

std::int64_t measuring_bytes(const ForestSize& size) noexcept {
  const auto local = size.local_rows;
  const auto scores = trees::row_scores_bytes(local, size.outputs);
  const auto unseen = size.out_of_bag || size.permutation ? 8 * ((std::int64_t{size.trees} + 63) / 64) * local : 0;
  // Measures of ranking sort rows by their score: 32 bytes a row, and 36 a different score.
  const auto out_of_bag = size.out_of_bag ? unseen + 2 * (scores + 8 * local) + 68 * local : 0;
  const auto permutation = size.permutation ? unseen + scores + 18 * local : 0;
  const auto cross_validation = size.cross_validation ? 2 * scores + 80 * local : 0;
  return std::max({out_of_bag, permutation, cross_validation});
}

}  // namespace fullbase::jobs
