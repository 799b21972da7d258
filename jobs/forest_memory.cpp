#include "jobs/forest_memory.hpp"

#include <algorithm>

#include "algorithms/trees/bins.hpp"
#include "algorithms/trees/out_of_bag.hpp"

namespace fullbase::jobs {
namespace {

/// As growing has them: a subtree's rows fit a core's cache, histograms have a bound.
constexpr std::int64_t subtree_bytes = std::int64_t{2560} << 10;
constexpr std::int64_t least_subtree_rows = 1024;
constexpr std::int64_t most_histogram_bytes = std::int64_t{64} << 20;

}  // namespace

std::int64_t label_bytes(const ForestSize& size) noexcept {
  return (size.outputs == 1 ? 16 : 4) * size.local_rows;
}

GrowingBytes growing_bytes(const ForestSize& size, int threads) noexcept {
  const std::int64_t row = size.features + 8 * (size.outputs <= 2 ? 1 : 2);
  const std::int64_t subtree_rows = std::max(least_subtree_rows, subtree_bytes / (row + 8));
  const auto rows_at_once =
      std::min(std::max(2 * threads * subtree_rows, size.local_rows / 8), 2 * std::max<std::int64_t>(1, size.rows) * size.trees);
  const auto copies = rows_at_once * (3 * row + 8);
  const std::int64_t node = std::int64_t{2} * (trees::most_bins + 1) * 8 * (size.outputs + 1) * size.features;
  const auto nodes = std::max<std::int64_t>(1, size.rows * size.trees / least_subtree_rows);
  const auto histograms = std::min(std::max(node, most_histogram_bytes), 2 * nodes * node) * (threads + 2);
  // A fourth each goes to histograms and to the nodes of rows, the rest to copies.
  const auto least = std::max({2 * copies, 4 * node * (threads + 2), 16 * size.local_rows});
  const auto together = std::min(size.trees, std::max(1, size.features / 32) + 4);
  return {least, std::max(least, copies + histograms + 4 * size.local_rows * together)};
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
