#include "algorithms/trees/pace.hpp"

#include <algorithm>

#include "algorithms/trees/counting.hpp"
#include "algorithms/trees/upper_rows.hpp"

namespace fullbase::trees {
namespace {

/// A subtree's rows, with their labels and order, are to stay in a core's caches.
constexpr std::int64_t subtree_bytes = std::int64_t{2560} << 10;
/// Subtrees for each thread of all ranks, so that none waits long for another.
constexpr std::int64_t subtrees_a_thread = 16;
constexpr std::int64_t least_small_rows = 1024;
/// A pass's histograms; more nodes than they hold are counted in further passes.
constexpr std::int64_t most_histogram_bytes = std::int64_t{64} << 20;

Pace pace_with(const GrowSize& size, int trees, std::int64_t histogram_bytes) {
  const std::int64_t row_bytes = size.features + 8 * size.row_words;
  const auto pair_bytes = std::int64_t{histogram_bins} * 8 * size.cells;
  Pace pace{.trees = trees};
  // Nodes of a base so large that its small ones would still be millions are handed over larger.
  pace.small_rows =
      std::max(size.rows >> 14, std::clamp(size.rows * trees / (subtrees_a_thread * size.all_threads), least_small_rows,
                                           std::max(least_small_rows, subtree_bytes / (row_bytes + 8))));
  pace.round_rows = std::max(pace.small_rows, size.local_rows / 16);
  const auto least_histograms = pair_bytes * size.features_per_node;
  const auto open_nodes = std::max<std::int64_t>(1, size.rows * trees / pace.small_rows);
  pace.histogram_bytes = std::max(least_histograms, std::min(histogram_bytes, 2 * open_nodes * least_histograms));
  // The drawn rows in their nodes; what is packed and what is received; a node's rows a thread; histograms.
  const auto rows_at_once = std::min(pace.round_rows, size.local_rows * trees);
  const auto node_rows = std::min(pace.small_rows, size.rows) * size.threads;
  const auto packs = size.ranks > 1 || size.has_streams ? 2 : 0;
  const auto kept = size.features_per_node == size.features ? 2 : 0;
  pace.bytes = UpperRows::bytes(size.local_rows, trees, size.has_lists) + rows_at_once * row_bytes * packs +
               node_rows * (row_bytes + 8) + pace.histogram_bytes * (size.threads + kept + (size.ranks > 1 ? 2 : 0));
  return pace;
}

}  // namespace

Pace pace_of(const GrowSize& size, std::int64_t available) {
  const std::int64_t row_bytes = size.features + 8 * size.row_words;
  // Trees together so that there are subtrees enough, but no more than what their rows take is small beside the matrix.
  const auto wanted = subtrees_a_thread * size.all_threads * (subtree_bytes / row_bytes);
  const auto few = std::max<std::int64_t>(wanted / std::max<std::int64_t>(size.rows, 1), 1);
  auto trees = static_cast<int>(std::min<std::int64_t>(size.trees, std::max<std::int64_t>(few, size.features / 32)));
  auto histogram_bytes = most_histogram_bytes;
  auto pace = pace_with(size, trees, histogram_bytes);
  while (pace.bytes > available && (trees > 1 || histogram_bytes > (std::int64_t{1} << 10))) {
    if (trees > 1) trees /= 2;
    if (trees == 1) histogram_bytes /= 2;
    pace = pace_with(size, trees, histogram_bytes);
  }
  return pace;
}

}  // namespace fullbase::trees
