// Rows of a matrix in memory, listed node by node.
#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "algorithms/trees/upper_rows.hpp"
#include "base/contract.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {
namespace {

/// Rows of a node that one thread takes at a time.
constexpr std::int64_t piece_rows = 1 << 14;
/// Rows lie apart: the processor is told of them so many rows before they are needed.
constexpr std::int64_t ahead = 16;
/// Set in how often a row is drawn while its node's rows part: the row goes left.
constexpr std::uint8_t left_flag = 128;

/// Local rows, counted from the rank's first, and how often each is drawn.
struct RowList {
  std::vector<std::uint32_t> rows;
  std::vector<std::uint8_t> drawn;
};

/// The rows of a node: a run of one of its tree's two lists.
struct Run {
  int list = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool is_known = false;

  std::int64_t size() const noexcept { return last - first; }
};

struct TreeRows {
  std::array<RowList, 2> lists;
  std::vector<Run> runs;  ///< a node
};

/// A part of a node's run, for one thread.
struct Piece {
  std::size_t node = 0;  ///< of those that are worked on
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t left_before = 0;  ///< of the node, rows of pieces before that go left
};

class ListedRows final : public UpperRows {
 public:
  ListedRows(const data::ByteBlocks& matrix, const Labels& labels, const Bootstrap& bootstrap, int trees)
      : matrix_(matrix),
        labels_(labels),
        bootstrap_(bootstrap),
        stride_(matrix.stride()),
        // All local blocks lie one after the other.
        values_(matrix.local().empty() ? nullptr : matrix.resident(matrix.local().first).data()),
        trees_(static_cast<std::size_t>(trees)) {
    FULLBASE_EXPECTS(matrix.local_rows().size() < (std::int64_t{1} << 32), "a rank's rows are numbered by 32 bits");
  }

  void draw(int tree, int number, std::int64_t* totals) override {
    const auto first_row = matrix_.local_rows().first;
    const auto local = matrix_.local_rows().size();
    auto& rows = trees_[static_cast<std::size_t>(tree)];
    auto& list = make_room(rows);
    // Runs of blocks, each listed where its rows would begin if all were drawn; then they move together.
    const auto blocks = base::block_count(local);
    const auto pieces = std::min<std::int64_t>(blocks, std::int64_t{4} * parallel::thread_count());
    const auto width = static_cast<std::size_t>(labels_.counting().width());
    std::vector<std::int64_t> counts(static_cast<std::size_t>(pieces), 0);
    std::vector<std::vector<std::int64_t>> sums(counts.size(), std::vector<std::int64_t>(width, 0));
    const auto start = [&](std::int64_t piece) { return blocks * piece / pieces * base::block_rows; };
    parallel::for_each(0, pieces, [&](std::int64_t piece, int) {
      auto at = static_cast<std::size_t>(start(piece));
      const auto end = std::min(local, start(piece + 1));
      std::array<std::uint8_t, base::block_rows> drawn{};
      for (auto row = start(piece); row < end; row += base::block_rows) {
        const auto count = std::min(end - row, base::block_rows);
        bootstrap_.counts(number, first_row + row, std::span(drawn).first(static_cast<std::size_t>(count)));
        for (std::int64_t i = 0; i < count; ++i) {
          const std::uint8_t times = labels_.is_used(row + i) ? drawn[static_cast<std::size_t>(i)] : std::uint8_t{0};
          list.rows[at] = static_cast<std::uint32_t>(row + i);
          list.drawn[at] = times;
          at += times != 0 ? 1 : 0;
        }
      }
      const auto begin = static_cast<std::size_t>(start(piece));
      counts[static_cast<std::size_t>(piece)] = static_cast<std::int64_t>(at - begin);
      std::uint64_t words[2] = {};
      for (auto i = begin; i < at; ++i) {
        labels_.words(list.rows[i], list.drawn[i], words);
        add_to_totals(labels_.counting(), words, sums[static_cast<std::size_t>(piece)].data());
      }
    });
    std::int64_t end = 0;
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      const auto from = start(piece);
      const auto count = counts[static_cast<std::size_t>(piece)];
      std::copy(list.rows.begin() + from, list.rows.begin() + from + count, list.rows.begin() + end);
      std::copy(list.drawn.begin() + from, list.drawn.begin() + from + count, list.drawn.begin() + end);
      end += count;
      for (std::size_t i = 0; i < width; ++i) totals[i] += sums[static_cast<std::size_t>(piece)][i];
    }
    rows.runs.assign(1, {0, 0, end, true});
  }

  void take_all(int tree) override {
    auto& rows = trees_[static_cast<std::size_t>(tree)];
    auto& list = make_room(rows);
    std::int64_t end = 0;
    for (std::int64_t i = 0; i < matrix_.local_rows().size(); ++i) {
      if (!labels_.is_used(i)) continue;
      list.rows[static_cast<std::size_t>(end)] = static_cast<std::uint32_t>(i);
      list.drawn[static_cast<std::size_t>(end++)] = 1;
    }
    rows.runs.assign(1, {0, 0, end, true});
  }

  std::vector<std::uint64_t> count(std::span<const UpperTree> trees, std::span<const CountedNode> nodes, std::int64_t step,
                                   std::int64_t histograms) override {
    move_on(trees);
    std::vector<Piece> pieces;
    for (std::size_t n = 0; n < nodes.size(); ++n) add_pieces(pieces, n, run_of(nodes[n].tree, nodes[n].node));
    const auto cells = static_cast<std::size_t>(labels_.counting().cells());
    const auto total = static_cast<std::size_t>(histograms) * histogram_bins * cells;
    std::vector<std::vector<std::uint64_t>> parts(static_cast<std::size_t>(parallel::thread_count()));
    with_kind(labels_.counting().kind, [&]<Counting::Kind kind>() {
      parallel::for_each(0, std::ssize(pieces), [&](std::int64_t p, int thread) {
        auto& part = parts[static_cast<std::size_t>(thread)];
        if (part.empty()) part.resize(total);
        const auto& piece = pieces[static_cast<std::size_t>(p)];
        count_piece<kind>(piece, nodes[piece.node], part.data(), static_cast<std::size_t>(step) * histogram_bins * cells);
      });
    });
    return sum_of_parts(parts, total);
  }

  std::vector<std::int64_t> settle(std::span<const UpperTree> trees, std::size_t small_nodes) override {
    move_on(trees);
    small_.assign(small_nodes, {});
    std::vector<std::int64_t> counts(small_nodes, 0);
    for (std::size_t t = 0; t < trees.size(); ++t) {
      const auto& places = trees[t].places;
      for (std::size_t n = 0; n < places.size(); ++n) {
        if (places[n].state != Place::State::small) continue;
        const auto slot = static_cast<std::size_t>(places[n].slot);
        small_[slot] = {t, trees_[t].runs[n]};
        counts[slot] = trees_[t].runs[n].size();
      }
    }
    return counts;
  }

  bool is_listed() const noexcept override { return true; }

  void copy(std::span<const UpperTree>, std::span<const RowsTarget> targets) const override {
    parallel::for_each(0, std::ssize(targets), [&](std::int64_t slot, int) {
      const auto& target = targets[static_cast<std::size_t>(slot)];
      if (target.bins != nullptr) copy(static_cast<std::size_t>(slot), target);
    });
  }

  void copy(std::size_t slot, const RowsTarget& target) const override {
    const auto features = static_cast<std::size_t>(matrix_.columns());
    const auto words = static_cast<std::size_t>(labels_.counting().row_words());
    const auto& [tree, run] = small_[slot];
    const auto& list = trees_[tree].lists[static_cast<std::size_t>(run.list)];
    for (auto i = run.first; i < run.last; ++i) {
      if (i + ahead < run.last) __builtin_prefetch(bins_of(list, i + ahead));
      const auto to = static_cast<std::size_t>(i - run.first);
      const auto at = static_cast<std::size_t>(i);
      copy_bins(bins_of(list, i), features, target.bins + to * features);
      labels_.words(list.rows[at], list.drawn[at], target.words + to * words);
    }
  }

 private:
  struct SmallRun {
    std::size_t tree = 0;
    Run run = {};
  };

  RowList& make_room(TreeRows& rows) const {
    for (auto& list : rows.lists) {
      list.rows.resize(static_cast<std::size_t>(matrix_.local_rows().size()));
      list.drawn.resize(list.rows.size());
    }
    return rows.lists.front();
  }

  const Run& run_of(int tree, std::int32_t node) const noexcept {
    return trees_[static_cast<std::size_t>(tree)].runs[static_cast<std::size_t>(node)];
  }
  const std::uint8_t* bins_of(const RowList& list, std::int64_t i) const noexcept {
    return values_ + std::int64_t{list.rows[static_cast<std::size_t>(i)]} * stride_;
  }

  static void add_pieces(std::vector<Piece>& pieces, std::size_t node, const Run& run) {
    for (auto first = run.first; first < run.last; first += piece_rows)
      pieces.push_back({node, first, std::min(run.last, first + piece_rows)});
  }

  template <Counting::Kind kind>
  void count_piece(const Piece& piece, const CountedNode& node, std::uint64_t* part, std::size_t distance) const {
    const auto cells = static_cast<std::size_t>(labels_.counting().cells());
    const auto& run = run_of(node.tree, node.node);
    const auto& list = trees_[static_cast<std::size_t>(node.tree)].lists[static_cast<std::size_t>(run.list)];
    auto* const first = part + static_cast<std::size_t>(node.first) * histogram_bins * cells;
    for (auto i = piece.first; i < piece.last; ++i) {
      if (i + ahead < piece.last) __builtin_prefetch(bins_of(list, i + ahead));
      const std::uint8_t* const bins = bins_of(list, i);
      const auto at = static_cast<std::size_t>(i);
      std::uint64_t words[2] = {};
      labels_.words(list.rows[at], list.drawn[at], words);
      auto* histogram = first;
      for (const auto feature : node.features) {
        add_row<kind>(histogram + bins[feature] * cells, words);
        histogram += distance;
      }
    }
  }

  /// Parts the rows of every node that has been split since, in order, into the tree's other list.
  void move_on(std::span<const UpperTree> trees) {
    struct Leaving {
      std::size_t tree = 0;
      std::int32_t node = 0;
      GoesLeft left = {};
      std::int64_t lefts = 0;
    };
    std::vector<Leaving> leaving;
    std::vector<Piece> pieces;
    for (std::size_t t = 0; t < trees.size(); ++t) {
      const auto& nodes = trees[t].grown.nodes;
      auto& runs = trees_[t].runs;
      runs.resize(nodes.size());
      for (std::size_t n = 0; n < nodes.size(); ++n) {
        if (nodes[n].left == 0 || runs[static_cast<std::size_t>(nodes[n].left)].is_known) continue;
        add_pieces(pieces, leaving.size(), runs[n]);
        leaving.push_back({t, static_cast<std::int32_t>(n), goes_left(nodes[n].split), 0});
      }
    }
    const auto feature = [&](const Leaving& one) {
      return trees[one.tree].grown.nodes[static_cast<std::size_t>(one.node)].split.feature;
    };
    const auto from = [&](const Leaving& one) -> RowList& {
      return trees_[one.tree].lists[static_cast<std::size_t>(run_of(static_cast<int>(one.tree), one.node).list)];
    };
    parallel::for_each(0, std::ssize(pieces), [&](std::int64_t p, int) {
      auto& piece = pieces[static_cast<std::size_t>(p)];
      const auto& one = leaving[piece.node];
      auto& list = from(one);
      const auto column = feature(one);
      std::int64_t lefts = 0;
      for (auto i = piece.first; i < piece.last; ++i) {
        if (i + ahead < piece.last) __builtin_prefetch(bins_of(list, i + ahead) + column);
        const std::uint8_t left = one.left[bins_of(list, i)[column]];
        list.drawn[static_cast<std::size_t>(i)] |= static_cast<std::uint8_t>(left * left_flag);
        lefts += left;
      }
      piece.left_before = lefts;
    });
    for (auto& piece : pieces)
      piece.left_before = std::exchange(leaving[piece.node].lefts, leaving[piece.node].lefts + piece.left_before);
    parallel::for_each(0, std::ssize(pieces), [&](std::int64_t p, int) {
      const auto& piece = pieces[static_cast<std::size_t>(p)];
      const auto& one = leaving[piece.node];
      const auto& run = run_of(static_cast<int>(one.tree), one.node);
      const auto& list = from(one);
      auto& to = trees_[one.tree].lists[static_cast<std::size_t>(1 - run.list)];
      auto left = static_cast<std::size_t>(run.first + piece.left_before);
      auto right = static_cast<std::size_t>(run.first + one.lefts + (piece.first - run.first) - piece.left_before);
      for (auto i = piece.first; i < piece.last; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const std::uint8_t drawn = list.drawn[at];
        // Without a branch on what is as good as random.
        const std::size_t goes = drawn / left_flag;
        const auto place = right ^ ((right ^ left) & (std::size_t{0} - goes));
        to.rows[place] = list.rows[at];
        to.drawn[place] = drawn & (left_flag - 1);
        left += goes;
        right += 1 - goes;
      }
    });
    for (const auto& one : leaving) {
      auto& runs = trees_[one.tree].runs;
      const auto run = runs[static_cast<std::size_t>(one.node)];
      const auto child = static_cast<std::size_t>(trees[one.tree].grown.nodes[static_cast<std::size_t>(one.node)].left);
      const auto middle = run.first + one.lefts;
      runs[child] = {1 - run.list, run.first, middle, true};
      runs[child + 1] = {1 - run.list, middle, run.last, true};
    }
  }

  const data::ByteBlocks& matrix_;
  const Labels& labels_;
  const Bootstrap& bootstrap_;
  std::int64_t stride_;
  const std::uint8_t* values_;
  std::vector<TreeRows> trees_;
  std::vector<SmallRun> small_;
};

}  // namespace

std::unique_ptr<UpperRows> listed_rows(const data::ByteBlocks& matrix, const Labels& labels, const Bootstrap& bootstrap,
                                       int trees) {
  return std::make_unique<ListedRows>(matrix, labels, bootstrap, trees);
}

}  // namespace fullbase::trees
