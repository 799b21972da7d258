#include "jobs/forest_memory.hpp"

#include <algorithm>

#include "algorithms/trees/bins.hpp"
#include "algorithms/trees/out_of_bag.hpp"

namespace fullbase::jobs {
namespace {

/// As growing has them: a subtree's rows fit a core's cache, histograms have a bound.
constexpr std::int64_t subtree_bytes = std::int64_t{2560} << 10;
constexpr std::int64_t least_subtree_rows = 1024;
constexpr std::int64_t subtrees_a_thread = 8;
constexpr std::int64_t most_histogram_bytes = std::int64_t{64} << 20;

}  // namespace

std::int64_t label_bytes(const ForestSize& size) noexcept {
  return (size.outputs == 1 ? 16 : 4) * size.local_rows;
}

GrowingBytes growing_bytes(const ForestSize& size, int threads) noexcept {
  const auto rows = std::max<std::int64_t>(1, size.rows);
  const auto all_threads = std::int64_t{threads} * size.ranks;
  const std::int64_t row = size.features + 8 * (size.outputs <= 2 ? 1 : 2);
  const auto few = subtrees_a_thread * all_threads * (subtree_bytes / row) / rows;
  const auto together = std::min<std::int64_t>(size.trees, std::max<std::int64_t>({1, few, size.features / 32}));
  const auto subtree_rows = std::clamp(rows * together / (subtrees_a_thread * all_threads), least_subtree_rows,
                                       std::max(least_subtree_rows, subtree_bytes / (row + 8)));
  const auto rows_at_once = std::min(std::max(2 * threads * subtree_rows, size.local_rows / 8), 2 * rows * together);
  const auto copied = rows_at_once * ((size.ranks > 1 ? 3 : 1) * row + 8);
  const std::int64_t node = std::int64_t{2} * (trees::most_bins + 1) * 8 * (size.outputs + 1) * size.features;
  const auto copies = threads + (size.ranks > 1 ? 2 : 1);
  const auto nodes = std::max<std::int64_t>(1, rows * together / subtree_rows);
  const auto histograms = std::min(std::max(node, most_histogram_bytes), 2 * nodes * node) * copies;
  // A fourth each goes to histograms and to the nodes of rows, the rest to copies of rows.
  const auto least = std::max({2 * copied, 4 * node * copies, 16 * size.local_rows});
  return {least, std::max(least, 4 * (copied + histograms + 4 * size.local_rows * together) / 3)};
}

std::int64_t measuring_bytes(const ForestSize& size) noexcept {
  const auto local = size.local_rows;
  const auto scores = trees::row_scores_bytes(local, size.outputs);
  const auto unseen = size.out_of_bag || size.permutation ? 8 * ((std::int64_t{size.trees} + 63) / 64) * local : 0;
  // Measures of ranking sort the rows of a class: 56 bytes a row.
  const auto out_of_bag = size.out_of_bag ? unseen + 2 * (scores + 8 * local) + 56 * local : 0;
  const auto permutation = size.permutation ? unseen + scores + 18 * local : 0;
  const auto cross_validation = size.cross_validation ? 2 * scores + 80 * local : 0;
  return std::max({out_of_bag, permutation, cross_validation});
}

}  // namespace fullbase::jobs
