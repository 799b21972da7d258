// What growing sends is what its docstrings say, to the byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "algorithms/trees/frontier.hpp"
#include "algorithms/trees/handing_over.hpp"
#include "comm/launch.hpp"
#include "memory_spill.hpp"

namespace fullbase::trees {
namespace {

TEST(Traffic, IsWhatTheFormulasSay) {
  constexpr std::int64_t rows = 9000;
  constexpr int features = 5;
  constexpr std::int64_t small_rows = 1500;
  std::vector<std::uint8_t> values;
  std::vector<std::int32_t> codes;
  const random::Generator draws(random::Key{3});
  for (std::int64_t i = 0; i < rows; ++i) {
    int score = 0;
    for (int f = 0; f < features; ++f) {
      values.push_back(static_cast<std::uint8_t>(draws.below(std::uint64_t{50}, i, f)));
      score += values.back();
    }
    codes.push_back(score + static_cast<int>(draws.below(std::uint64_t{60}, i, 77)) > 150 ? 1 : 0);
  }
  FeatureBins one;
  one.bins = 50;
  const std::vector<FeatureBins> bins(features, one);
  for (const auto& [ranks, per_node] : {std::pair(1, 0), std::pair(2, 0), std::pair(3, 0), std::pair(2, 2), std::pair(3, 2)}) {
    comm::run_threads(ranks, [&, ranks = ranks, per_node = per_node](comm::Communicator& communicator) {
      data::Budget budget(1 << 28);
      fullbase::testing::MemorySpill spill;
      data::ByteBlocks matrix(rows, features, base::Partition(rows, ranks).blocks_of(communicator.rank()), budget, spill);
      for (auto block = matrix.local().first; block < matrix.local().last; ++block) {
        const auto range = base::rows_of_block(block, rows);
        matrix.write(block, {values.data() + range.first * features, range.size(), features});
      }
      const auto local = matrix.local_rows();
      const GrowRows grow_rows{
          matrix, bins, std::span(codes).subspan(static_cast<std::size_t>(local.first), static_cast<std::size_t>(local.size()))};
      const Labels labels(communicator, grow_rows, budget);
      const GrowOptions options{.trees = 2, .features_per_node = per_node};
      const GrowRules rules(options, labels.counting(), bins, 0, random::Key{1});
      const Bootstrap bootstrap(random::Key{2}, true);
      Frontier frontier(communicator, grow_rows, labels, rules, bootstrap, {2, small_rows, 1 << 20});
      frontier.grow(0, 2, [] {});
      const auto grown = grow_small_nodes(communicator, frontier, rules, 2000);

      std::int64_t looked_at = 0;  // nodes that ranks split together
      std::int64_t derived = 0;    // of them, those whose histograms are what their siblings leave of their parents'
      for (int t = 0; t < 2; ++t) {
        const auto& tree = frontier.tree(t);
        const auto is_large = [&](std::size_t n) { return tree.totals[2 * n] > small_rows; };
        looked_at += is_large(0) ? 1 : 0;
        for (std::size_t n = 1; n < tree.nodes.size(); n += 2) {
          looked_at += (is_large(n) ? 1 : 0) + (is_large(n + 1) ? 1 : 0);
          derived += per_node == 0 && is_large(n) && is_large(n + 1) ? 1 : 0;
        }
      }
      const auto counted = looked_at - derived;
      const auto features_counted = per_node == 0 ? features : per_node;
      EXPECT_GT(looked_at, 10);
      const auto sent = [&](const char* stage) { return communicator.sum_value(communicator.statistics().total(stage).bytes); };
      EXPECT_EQ(sent("histograms"), counted * features_counted * 256 * 8 * (ranks - 1));
      // Each node is found by one rank or more, as its pairs of node and feature fall.
      EXPECT_GE(sent("splits"), looked_at * (56 + 8 * 2));
      EXPECT_LE(sent("splits"), looked_at * ranks * (56 + 8 * 2));

      // Small nodes go, the largest first, to the rank that has least.
      const auto counts = communicator.all_gather_all(frontier.local_counts());
      std::vector<std::int64_t> rows_of(grown.size(), 0);
      for (int r = 0; r < ranks; ++r) {
        for (std::size_t n = 0; n < grown.size(); ++n) rows_of[n] += counts.from(r)[n];
      }
      std::vector<std::size_t> order(grown.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return rows_of[a] > rows_of[b]; });
      std::vector<std::int64_t> load(static_cast<std::size_t>(ranks), 0);
      std::int64_t moved = 0;
      std::int64_t nodes = 0;
      for (const auto n : order) {
        const auto owner = std::ranges::min_element(load) - load.begin();
        load[static_cast<std::size_t>(owner)] += rows_of[n];
        moved += rows_of[n] - counts.from(static_cast<int>(owner))[n];
        nodes += std::ssize(grown[n].nodes);
      }
      EXPECT_EQ(sent("rows"), moved * (features + 8));
      EXPECT_EQ(sent("subtrees"), ranks == 1 ? 0 : nodes * (56 + 8 * 2) + std::ssize(grown) * 8);
    });
  }
}

}  // namespace
}  // namespace fullbase::trees
