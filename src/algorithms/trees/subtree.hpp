// A node whose rows lie together in memory, grown to its leaves by one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/trees/rules.hpp"
#include "algorithms/trees/split.hpp"

namespace fullbase::trees {

/// Rows of a node: features() bins a row, and Counting::row_words() words of its label.
struct GatheredRows {
  std::int64_t rows = 0;
  const std::uint8_t* bins = nullptr;
  const std::uint64_t* words = nullptr;
};

/// The node that they belong to.
struct SubtreeRoot {
  int tree = 0;
  int depth = 0;
  Path path = 1;
};

/// One a thread: it keeps its buffers from node to node. The order of the rows makes no difference.
///
/// A node is split by one pass over its rows that counts the drawn features' histograms, and one that parts the rows. Where every
/// node looks at all features, the smaller child is counted and the larger is what is left of its parent.
/// Cost of a level: (features per node + 1) visits a row. Memory: 8 bytes a row, a histogram of the features drawn; where all
/// are, log2(rows) of them.
class SubtreeGrower {
 public:
  explicit SubtreeGrower(const GrowRules& rules);

  /// At most 2^31 - 1 rows, of the given totals.
  GrowingTree grow(const GatheredRows& rows, const SubtreeRoot& root, std::span<const std::int64_t> totals);

 private:
  struct Waiting {
    std::int32_t node = 0;
    std::int32_t first = 0;  ///< rows [first, last) of order_
    std::int32_t last = 0;
    int depth = 0;
    Path path = 1;
    int histogram = -1;  ///< of all features, already counted; -1: none
  };

  void grow_node(Waiting node);
  const std::int64_t* totals_of(const Waiting& waiting) const noexcept;
  bool is_leaf(const Waiting& waiting) const;
  Split find_split(const Waiting& waiting);
  std::int32_t part_rows(const Waiting& waiting, const Split& split);
  void wait_for_children(const Waiting& parent, std::int32_t middle);
  bool has_one_value(const Waiting& waiting) const;
  void count(std::int32_t first, std::int32_t last, std::span<const std::int32_t> features, std::uint64_t* histogram) const;
  /// All bins 0.
  int take_histogram();
  void give_back(int histogram);

  const GrowRules& rules_;
  SplitFinder finder_;
  GatheredRows rows_;
  int tree_ = 0;
  std::size_t feature_cells_;  ///< of a feature's histogram
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> parted_;
  std::vector<std::uint64_t> drawn_;  ///< histogram of the features drawn
  std::vector<std::vector<std::uint64_t>> histograms_;
  std::vector<int> free_histograms_;
  std::vector<std::int32_t> features_;
  std::vector<std::int32_t> all_features_;
  std::vector<std::int64_t> left_totals_;
  std::vector<Waiting> waiting_;
  GrowingTree grown_;
};

}  // namespace fullbase::trees
