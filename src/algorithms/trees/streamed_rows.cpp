// Rows of a matrix that is streamed: each keeps which node it is in, and passes over the blocks serve all nodes.
#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "algorithms/trees/upper_rows.hpp"
#include "base/contract.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::trees {
namespace {

/// A row's node, and in the lowest 6 bits how often the tree draws the row (at most 12 times); 0: not at all.
constexpr int drawn_bits = 6;
constexpr std::size_t most_nodes = std::size_t{1} << (32 - drawn_bits);
constexpr std::uint32_t node_of(std::uint32_t word) noexcept {
  return word >> drawn_bits;
}
constexpr std::uint32_t drawn_of(std::uint32_t word) noexcept {
  return word & ((1U << drawn_bits) - 1);
}
constexpr std::uint32_t in_node(std::uint32_t node, std::uint32_t word) noexcept {
  return node << drawn_bits | drawn_of(word);
}

/// The row's word, in the child that its node has got since.
std::uint32_t moved_on(const GrowingTree& tree, std::uint32_t word, const std::uint8_t* bins) noexcept {
  const auto& node = tree.nodes[node_of(word)];
  if (node.left == 0) return word;
  const auto side = node.split.goes_left(bins[node.split.feature]) ? 0U : 1U;
  return in_node(static_cast<std::uint32_t>(node.left) + side, word);
}

class StreamedRows final : public UpperRows {
 public:
  StreamedRows(const data::ByteBlocks& matrix, const Labels& labels, const Bootstrap& bootstrap, int trees)
      : matrix_(matrix), labels_(labels), bootstrap_(bootstrap), words_(static_cast<std::size_t>(trees)) {}

  void draw(int tree, int number, std::int64_t* totals) override {
    const auto local = matrix_.local_rows().size();
    const auto width = static_cast<std::size_t>(labels_.counting().width());
    auto& words = words_[static_cast<std::size_t>(tree)];
    words.resize(static_cast<std::size_t>(local));
    std::vector<std::vector<std::int64_t>> sums(static_cast<std::size_t>(parallel::thread_count()),
                                                std::vector<std::int64_t>(width, 0));
    parallel::for_each(0, base::block_count(local), [&](std::int64_t block, int thread) {
      const auto range = base::rows_of_block(block, local);
      std::array<std::uint8_t, base::block_rows> counts{};
      bootstrap_.counts(number, matrix_.local_rows().first + range.first,
                        std::span(counts).first(static_cast<std::size_t>(range.size())));
      std::uint64_t label[2] = {};
      for (auto i = range.first; i < range.last; ++i) {
        const std::uint32_t drawn = labels_.is_used(i) ? counts[static_cast<std::size_t>(i - range.first)] : 0;
        words[static_cast<std::size_t>(i)] = in_node(0, drawn);
        if (drawn == 0) continue;
        labels_.words(i, drawn, label);
        add_to_totals(labels_.counting(), label, sums[static_cast<std::size_t>(thread)].data());
      }
    });
    for (const auto& sum : sums) {
      for (std::size_t i = 0; i < width; ++i) totals[i] += sum[i];
    }
  }

  void take_all(int tree) override {
    auto& words = words_[static_cast<std::size_t>(tree)];
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = labels_.is_used(static_cast<std::int64_t>(i)) ? 1 : 0;
  }

  std::vector<std::uint64_t> count(std::span<const UpperTree> trees, std::span<const CountedNode> nodes, std::int64_t step,
                                   std::int64_t histograms) override {
    std::vector<std::vector<const CountedNode*>> counted;  // by tree and node; null: not in this pass
    for (const auto& tree : trees) counted.emplace_back(tree.grown.nodes.size(), nullptr);
    for (const auto& node : nodes) counted[static_cast<std::size_t>(node.tree)][static_cast<std::size_t>(node.node)] = &node;
    const auto cells = static_cast<std::size_t>(labels_.counting().cells());
    const auto feature_cells = histogram_bins * cells;
    const auto distance = static_cast<std::size_t>(step) * feature_cells;
    const auto total = static_cast<std::size_t>(histograms) * feature_cells;
    std::vector<std::vector<std::uint64_t>> parts(static_cast<std::size_t>(parallel::thread_count()));
    with_kind(labels_.counting().kind, [&]<Counting::Kind kind>() {
      for_drawn_rows(trees, [&](std::size_t tree, std::int64_t row, std::uint32_t word, const std::uint8_t* bins, int thread) {
        const auto* const node = counted[tree][node_of(word)];
        if (node == nullptr) return;
        auto& part = parts[static_cast<std::size_t>(thread)];
        if (part.empty()) part.resize(total);
        std::uint64_t label[2] = {};
        labels_.words(row, drawn_of(word), label);
        auto* histogram = part.data() + static_cast<std::size_t>(node->first) * feature_cells;
        for (const auto feature : node->features) {
          add_row<kind>(histogram + bins[feature] * cells, label);
          histogram += distance;
        }
      });
    });
    return sum_of_parts(parts, total);
  }

  std::vector<std::int64_t> settle(std::span<const UpperTree> trees, std::size_t small_nodes) override {
    std::vector<std::vector<std::int64_t>> parts(static_cast<std::size_t>(parallel::thread_count()),
                                                 std::vector<std::int64_t>(small_nodes, 0));
    for_drawn_rows(trees, [&](std::size_t tree, std::int64_t, std::uint32_t word, const std::uint8_t*, int thread) {
      const auto& place = trees[tree].places[node_of(word)];
      if (place.state == Place::State::small) ++parts[static_cast<std::size_t>(thread)][static_cast<std::size_t>(place.slot)];
    });
    std::vector<std::int64_t> counts(small_nodes, 0);
    for (const auto& part : parts) {
      for (std::size_t i = 0; i < part.size(); ++i) counts[i] += part[i];
    }
    return counts;
  }

  bool is_listed() const noexcept override { return false; }

  void copy(std::size_t, const RowsTarget&) const override {
    FULLBASE_EXPECTS(false, "rows that are streamed are copied for many nodes at once");
  }

  void copy(std::span<const UpperTree> trees, std::span<const RowsTarget> targets) const override {
    const auto features = static_cast<std::size_t>(matrix_.columns());
    const auto label_words = static_cast<std::size_t>(labels_.counting().row_words());
    std::vector<std::vector<std::int32_t>> slots;  // of the nodes that are asked for, by tree
    for (const auto& tree : trees) {
      auto& of_tree = slots.emplace_back();
      for (const auto& place : tree.places) {
        const bool asked = place.state == Place::State::small && targets[static_cast<std::size_t>(place.slot)].bins != nullptr;
        of_tree.push_back(asked ? place.slot : -1);
      }
    }
    std::vector<std::atomic<std::int64_t>> next(targets.size());
    parallel::for_each_block(matrix_, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int) {
      const auto range = base::rows_of_block(block, matrix_.rows());
      const auto begin = range.first - matrix_.local_rows().first;
      for (std::size_t t = 0; t < trees.size(); ++t) {
        for (std::int64_t i = 0; i < range.size(); ++i) {
          const auto word = words_[t][static_cast<std::size_t>(begin + i)];
          const auto slot = word == 0 ? -1 : slots[t][node_of(word)];
          if (slot < 0) continue;
          const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(slot)].fetch_add(1, std::memory_order_relaxed));
          const auto& target = targets[static_cast<std::size_t>(slot)];
          copy_bins(values.data() + i * values.stride(), features, target.bins + at * features);
          labels_.words(begin + i, drawn_of(word), target.words + at * label_words);
        }
      }
    });
  }

 private:
  /// Moves rows on, and calls work(tree, local row, word, bins, thread) for each that is drawn.
  template <class Work>
  void for_drawn_rows(std::span<const UpperTree> trees, const Work& work) {
    for (const auto& tree : trees)
      FULLBASE_EXPECTS(tree.grown.nodes.size() < most_nodes, "the upper nodes of a tree are numbered by 26 bits");
    parallel::for_each_block(matrix_, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int thread) {
      const auto range = base::rows_of_block(block, matrix_.rows());
      const auto begin = range.first - matrix_.local_rows().first;
      for (std::size_t t = 0; t < trees.size(); ++t) {
        for (std::int64_t i = 0; i < range.size(); ++i) {
          auto& word = words_[t][static_cast<std::size_t>(begin + i)];
          if (word == 0) continue;
          const std::uint8_t* const bins = values.data() + i * values.stride();
          word = moved_on(trees[t].grown, word, bins);
          work(t, begin + i, word, bins, thread);
        }
      }
    });
  }

  const data::ByteBlocks& matrix_;
  const Labels& labels_;
  const Bootstrap& bootstrap_;
  std::vector<std::vector<std::uint32_t>> words_;  ///< by tree, one a local row
};

}  // namespace

std::unique_ptr<UpperRows> streamed_rows(const data::ByteBlocks& matrix, const Labels& labels, const Bootstrap& bootstrap,
                                         int trees) {
  return std::make_unique<StreamedRows>(matrix, labels, bootstrap, trees);
}

}  // namespace fullbase::trees
