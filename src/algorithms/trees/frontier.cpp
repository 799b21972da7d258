#include "algorithms/trees/frontier.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "comm/sum_scatter.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::trees {
namespace {

/// Which of a block's rows a tree has drawn, in order: without a branch on what is random. Their number.
std::int64_t drawn_rows(std::span<const std::uint32_t> rows, std::int16_t* drawn) noexcept {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    drawn[count] = static_cast<std::int16_t>(i);
    count += rows[i] != 0 ? 1 : 0;
  }
  return count;
}

/// What a rank says about the best split that it has found for a node.
struct FoundSplit {
  std::int64_t node = 0;  ///< of the level
  Split split = {};
};

/// Copies a row's bins: too few to call for.
inline void copy_few(const std::uint8_t* from, std::size_t count, std::uint8_t* to) noexcept {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) std::memcpy(to + i, from + i, 4);
  for (; i < count; ++i) to[i] = from[i];
}

/// size() + 1 positions: as even shares of `count` items as there are.
std::vector<std::int64_t> even_shares(std::int64_t count, int ranks) {
  std::vector<std::int64_t> starts;
  for (int r = 0; r <= ranks; ++r) starts.push_back(static_cast<std::int64_t>(static_cast<base::int128>(count) * r / ranks));
  return starts;
}

}  // namespace

Frontier::Frontier(comm::Communicator& communicator, const GrowRows& rows, const Labels& labels, const GrowRules& rules,
                   const Bootstrap& bootstrap, const Size& size)
    : communicator_(communicator),
      rows_(rows),
      labels_(labels),
      rules_(rules),
      bootstrap_(bootstrap),
      size_(size),
      first_row_(rows.matrix.local_rows().first),
      trees_(static_cast<std::size_t>(size.trees)) {
  draw_rows();
}

void Frontier::draw_rows() {
  const auto local = rows_.matrix.local_rows().size();
  const auto width = static_cast<std::size_t>(rules_.counting().width());
  const auto threads = static_cast<std::size_t>(parallel::thread_count());
  std::vector<std::int64_t> totals(trees_.size() * width, 0);
  for (std::size_t t = 0; t < trees_.size(); ++t) {
    auto& rows = trees_[t].rows;
    rows.resize(static_cast<std::size_t>(local));
    std::vector<std::vector<std::int64_t>> parts(threads, std::vector<std::int64_t>(width, 0));
    parallel::for_each(0, base::block_count(local), [&](std::int64_t block, int thread) {
      const auto range = base::rows_of_block(block, local);
      std::array<std::uint8_t, base::block_rows> counts{};
      bootstrap_.counts(size_.first_tree + static_cast<int>(t), first_row_ + range.first,
                        std::span(counts).first(static_cast<std::size_t>(range.size())));
      std::uint64_t words[2] = {};
      for (auto i = range.first; i < range.last; ++i) {
        const std::uint32_t drawn = labels_.is_used(i) ? counts[static_cast<std::size_t>(i - range.first)] : 0;
        rows[static_cast<std::size_t>(i)] = drawn;
        if (drawn == 0) continue;
        labels_.words(i, drawn, words);
        add_to_totals(rules_.counting(), words, parts[static_cast<std::size_t>(thread)].data());
      }
    });
    for (const auto& part : parts) {
      for (std::size_t i = 0; i < width; ++i) totals[t * width + i] += part[i];
    }
  }
  communicator_.sum(std::span(totals));
  for (std::size_t t = 0; t < trees_.size(); ++t) {
    auto& tree = trees_[t];
    const auto* root = totals.data() + t * width;
    // Of a handful of rows a bootstrap may draw none: then the tree has each of them once.
    if (rules_.counting().weight(root) == 0) {
      root = labels_.totals().data();
      for (std::int64_t i = 0; i < local; ++i) tree.rows[static_cast<std::size_t>(i)] = labels_.is_used(i) ? 1 : 0;
    }
    tree.grown.add(root, static_cast<int>(width));
    tree.places.emplace_back();
    place(tree, 0, 1, 0);
  }
}

void Frontier::place(UpperTree& tree, std::int32_t node, Path path, int depth) {
  const auto& counting = rules_.counting();
  const auto* const totals = tree.grown.totals.data() + static_cast<std::ptrdiff_t>(node) * counting.width();
  auto& place = tree.places[static_cast<std::size_t>(node)];
  place = {.path = path, .depth = depth};
  const auto drawn = counting.weight(totals);
  if (rules_.is_deep_enough(depth) || !SplitFinder(rules_.splits()).may_split(totals)) {
    place.state = State::settled;
  } else if (drawn <= size_.small_rows) {
    place.state = State::small;
    place.slot = static_cast<std::int32_t>(small_.size());
    small_.push_back({static_cast<int>(&tree - trees_.data()), node, drawn});
  }
}

void Frontier::grow(const std::function<void()>& after_level) {
  for (auto level = next_level(); !level.nodes.empty(); level = next_level()) {
    grow_level(level);
    after_level();
  }
  settle();
}

Frontier::Level Frontier::next_level() {
  Level level;
  level.first_pair.push_back(0);
  std::vector<std::int32_t> buffer;
  for (std::size_t t = 0; t < trees_.size(); ++t) {
    auto& places = trees_[t].places;
    for (std::size_t n = 0; n < places.size(); ++n) {
      if (places[n].state != State::open) continue;
      const auto drawn = rules_.features_of(size_.first_tree + static_cast<int>(t), places[n].path, places[n].draw, buffer);
      level.nodes.push_back({static_cast<int>(t), static_cast<std::int32_t>(n), {drawn.begin(), drawn.end()}});
      level.first_pair.push_back(level.first_pair.back() + std::ssize(drawn));
    }
  }
  return level;
}

void Frontier::grow_level(Level& level) {
  const auto pair_cells = std::int64_t{histogram_bins} * rules_.counting().cells();
  const auto pairs_at_once = std::max<std::int64_t>(1, size_.histogram_bytes / (8 * pair_cells));
  for (std::size_t first = 0; first < level.nodes.size();) {
    auto last = first + 1;
    while (last < level.nodes.size() && level.first_pair[last + 1] - level.first_pair[first] <= pairs_at_once) ++last;
    const auto counted = comm::collective_try(communicator_, "trees", [&] { return count(level, first, last); });
    const auto pair_starts = even_shares(level.first_pair[last] - level.first_pair[first], communicator_.size());
    std::vector<std::int64_t> starts;
    for (const auto pair : pair_starts) starts.push_back(pair * pair_cells);
    const auto sums = [&] {
      const comm::StageScope scope(communicator_.statistics(), "histograms");
      return comm::sum_scatter(communicator_, counted, starts);
    }();
    split(level, first, last, sums, pair_starts);
    first = last;
  }
}

std::vector<Frontier::Visit> Frontier::visits_of(const UpperTree& tree) const {
  std::vector<Visit> visits(tree.grown.nodes.size());
  for (std::size_t n = 0; n < visits.size(); ++n) {
    const auto& node = tree.grown.nodes[n];
    if (node.left == 0) continue;
    visits[n].left = node.left;
    visits[n].feature = node.split.feature;
    for (int bin = 0; bin < histogram_bins; ++bin) {
      if (node.split.goes_left(static_cast<std::uint8_t>(bin))) insert(visits[n].goes_left, static_cast<std::uint8_t>(bin));
    }
  }
  return visits;
}

std::vector<std::uint64_t> Frontier::count(const Level& level, std::size_t first, std::size_t last) {
  const auto cells = static_cast<std::size_t>(rules_.counting().cells());
  const auto feature_cells = histogram_bins * cells;
  const auto total = static_cast<std::size_t>(level.first_pair[last] - level.first_pair[first]) * feature_cells;
  std::vector<std::vector<Visit>> visits;
  for (const auto& tree : trees_) visits.push_back(visits_of(tree));
  std::vector<std::int32_t> features;  // of the pass's pairs
  for (auto n = first; n < last; ++n) {
    const auto& node = level.nodes[n];
    auto& visit = visits[static_cast<std::size_t>(node.tree)][static_cast<std::size_t>(node.node)];
    visit.pair = static_cast<std::int32_t>(features.size());
    visit.pairs = static_cast<std::int32_t>(node.features.size());
    features.insert(features.end(), node.features.begin(), node.features.end());
  }
  std::vector<std::vector<std::uint64_t>> parts(static_cast<std::size_t>(parallel::thread_count()));
  with_kind(rules_.counting().kind, [&]<Counting::Kind kind>() {
    parallel::for_each_block(rows_.matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int thread) {
      auto& part = parts[static_cast<std::size_t>(thread)];
      if (part.empty()) part.resize(total);
      const auto range = base::rows_of_block(block, rows_.matrix.rows());
      for (std::size_t t = 0; t < trees_.size(); ++t) {
        auto* const rows = trees_[t].rows.data() + (range.first - first_row_);
        const std::span<const Visit> of_tree(visits[t]);
        std::array<std::int16_t, base::block_rows> drawn;
        const auto count = drawn_rows({rows, static_cast<std::size_t>(range.size())}, drawn.data());
        for (std::int64_t d = 0; d < count; ++d) {
          const std::int64_t i = drawn[static_cast<std::size_t>(d)];
          const std::uint8_t* const bins = values.data() + i * values.stride();
          const auto row = moved_on(of_tree, rows[i], bins);
          rows[i] = row;
          const auto& visit = of_tree[node_of_row(row)];
          if (visit.pair < 0) continue;
          std::uint64_t words[2] = {};
          labels_.words(range.first - first_row_ + i, drawn_of(row), words);
          auto* histogram = part.data() + static_cast<std::size_t>(visit.pair) * feature_cells;
          const auto* const of_node = features.data() + visit.pair;
          for (std::int32_t j = 0; j < visit.pairs; ++j) {
            add_row<kind>(histogram + bins[of_node[j]] * cells, words);
            histogram += feature_cells;
          }
        }
      }
    });
  });
  auto& sum = parts.front();
  sum.resize(total);
  constexpr std::int64_t piece = 1 << 15;
  parallel::for_each(0, (static_cast<std::int64_t>(total) + piece - 1) / piece, [&](std::int64_t p, int) {
    const auto begin = static_cast<std::size_t>(p * piece);
    const auto end = std::min(total, begin + piece);
    for (std::size_t t = 1; t < parts.size(); ++t) {
      if (parts[t].empty()) continue;
      for (auto i = begin; i < end; ++i) sum[i] += parts[t][i];
    }
  });
  return std::move(sum);
}

void Frontier::split(const Level& level, std::size_t first, std::size_t last, std::span<const std::uint64_t> sums,
                     std::span<const std::int64_t> pair_starts) {
  const auto& counting = rules_.counting();
  const auto width = static_cast<std::size_t>(counting.width());
  const auto feature_cells = static_cast<std::size_t>(histogram_bins * counting.cells());
  const auto own_first = pair_starts[static_cast<std::size_t>(communicator_.rank())];
  const auto own_last = pair_starts[static_cast<std::size_t>(communicator_.rank()) + 1];
  const auto base_pair = level.first_pair[first];

  // The nodes that this rank has pairs of.
  std::vector<FoundSplit> found;
  for (auto n = first; n < last; ++n) {
    if (level.first_pair[n + 1] - base_pair > own_first && level.first_pair[n] - base_pair < own_last)
      found.push_back({static_cast<std::int64_t>(n), {}});
  }
  std::vector<std::int64_t> left_totals(found.size() * width, 0);
  parallel::for_each(0, std::ssize(found), [&](std::int64_t i, int) {
    auto& one = found[static_cast<std::size_t>(i)];
    const auto n = static_cast<std::size_t>(one.node);
    const auto& node = level.nodes[n];
    const auto* const totals =
        trees_[static_cast<std::size_t>(node.tree)].grown.totals.data() + static_cast<std::size_t>(node.node) * width;
    SplitFinder finder(rules_.splits());
    for (std::size_t j = 0; j < node.features.size(); ++j) {
      const auto pair = level.first_pair[n] - base_pair + static_cast<std::int64_t>(j);
      if (pair < own_first || pair >= own_last) continue;
      finder.consider(node.features[j], rules_.bins()[static_cast<std::size_t>(node.features[j])],
                      sums.data() + static_cast<std::size_t>(pair - own_first) * feature_cells, totals, one.split,
                      left_totals.data() + static_cast<std::size_t>(i) * width);
    }
  });

  const comm::StageScope scope(communicator_.statistics(), "splits");
  const auto all = communicator_.all_gather_all(std::span<const FoundSplit>(found));
  const auto all_totals = communicator_.all_gather_all(std::span<const std::int64_t>(left_totals));
  std::vector<std::int64_t> best(last - first, -1);
  for (std::size_t i = 0; i < all.values.size(); ++i) {
    auto& at = best[static_cast<std::size_t>(all.values[i].node) - first];
    if (all.values[i].split.found() && (at < 0 || all.values[i].split.beats(all.values[static_cast<std::size_t>(at)].split)))
      at = static_cast<std::int64_t>(i);
  }
  for (auto n = first; n < last; ++n) {
    const auto& node = level.nodes[n];
    auto& tree = trees_[static_cast<std::size_t>(node.tree)];
    const auto before = tree.places[static_cast<std::size_t>(node.node)];
    auto& place_of_node = tree.places[static_cast<std::size_t>(node.node)];
    const auto at = best[n - first];
    if (at < 0) {
      if (++place_of_node.draw == rules_.most_draws()) place_of_node.state = State::settled;
      continue;
    }
    place_of_node.state = State::settled;
    tree.grown.split(node.node, all.values[static_cast<std::size_t>(at)].split,
                     all_totals.values.data() + static_cast<std::size_t>(at) * width, static_cast<int>(width));
    FULLBASE_EXPECTS(tree.grown.nodes.size() < (std::size_t{1} << (32 - drawn_bits)),
                     "the upper nodes of a tree are numbered by 26 bits");
    tree.places.resize(tree.grown.nodes.size());
    const auto left = tree.grown.nodes[static_cast<std::size_t>(node.node)].left;
    for (int side = 0; side < 2; ++side) place(tree, left + side, rules_.child(before.path, side), before.depth + 1);
  }
}

void Frontier::settle() {
  std::vector<std::vector<Visit>> visits;
  for (const auto& tree : trees_) visits.push_back(visits_of(tree));
  std::vector<std::vector<std::int64_t>> parts(static_cast<std::size_t>(parallel::thread_count()),
                                               std::vector<std::int64_t>(small_.size(), 0));
  comm::collective_try(communicator_, "trees", [&] {
    parallel::for_each_block(rows_.matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int thread) {
      auto& part = parts[static_cast<std::size_t>(thread)];
      const auto range = base::rows_of_block(block, rows_.matrix.rows());
      for (std::size_t t = 0; t < trees_.size(); ++t) {
        auto& tree = trees_[t];
        auto* const rows = tree.rows.data() + (range.first - first_row_);
        std::array<std::int16_t, base::block_rows> drawn;
        const auto count = drawn_rows({rows, static_cast<std::size_t>(range.size())}, drawn.data());
        for (std::int64_t d = 0; d < count; ++d) {
          const std::int64_t i = drawn[static_cast<std::size_t>(d)];
          rows[i] = moved_on(visits[t], rows[i], values.data() + i * values.stride());
          const auto& place = tree.places[node_of_row(rows[i])];
          if (place.state == State::small) ++part[static_cast<std::size_t>(place.slot)];
        }
      }
    });
  });
  counts_.assign(small_.size(), 0);
  for (const auto& part : parts) {
    for (std::size_t i = 0; i < part.size(); ++i) counts_[i] += part[i];
  }
}

SubtreeRoot Frontier::root_of(const SmallNode& small) const noexcept {
  const auto& place = trees_[static_cast<std::size_t>(small.tree)].places[static_cast<std::size_t>(small.node)];
  return {size_.first_tree + small.tree, place.depth, place.path};
}

std::span<const std::int64_t> Frontier::totals_of(const SmallNode& small) const noexcept {
  const auto width = static_cast<std::size_t>(rules_.counting().width());
  const auto& totals = trees_[static_cast<std::size_t>(small.tree)].grown.totals;
  return std::span(totals).subspan(static_cast<std::size_t>(small.node) * width, width);
}

Frontier::RowLists Frontier::row_lists() const {
  const auto local = rows_.matrix.local_rows().size();
  FULLBASE_EXPECTS(local < (std::int64_t{1} << 32), "a rank's rows are numbered by 32 bits");
  RowLists lists;
  lists.starts.assign(small_.size() + 1, 0);
  std::partial_sum(counts_.begin(), counts_.end(), lists.starts.begin() + 1);
  lists.rows.resize(static_cast<std::size_t>(lists.starts.back()));
  lists.drawn.resize(lists.rows.size());
  auto next = lists.starts;
  // One tree by one thread: its rows in order, which copying then reads in order.
  parallel::for_each(0, std::ssize(trees_), [&](std::int64_t t, int) {
    const auto& tree = trees_[static_cast<std::size_t>(t)];
    std::vector<std::int32_t> slots;
    for (const auto& place : tree.places) slots.push_back(place.state == State::small ? place.slot : -1);
    for (std::int64_t i = 0; i < local; ++i) {
      const auto row = tree.rows[static_cast<std::size_t>(i)];
      if (row == 0 || slots[node_of_row(row)] < 0) continue;
      const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(slots[node_of_row(row)])]++);
      lists.rows[at] = static_cast<std::uint32_t>(i);
      lists.drawn[at] = static_cast<std::uint8_t>(drawn_of(row));
    }
  });
  return lists;
}

void Frontier::copy_rows(const RowLists& lists, std::size_t small, const Target& target) const {
  const auto features = static_cast<std::size_t>(rules_.features());
  const auto words = static_cast<std::size_t>(rules_.counting().row_words());
  const auto first = static_cast<std::size_t>(lists.starts[small]);
  const auto last = static_cast<std::size_t>(lists.starts[small + 1]);
  const auto stride = rows_.matrix.stride();
  // All local blocks lie one after the other.
  const std::uint8_t* const values = rows_.matrix.resident(rows_.matrix.local().first).data();
  constexpr std::size_t ahead = 16;  // rows lie apart: the processor is told of them before they are needed
  for (auto i = first; i < last; ++i) {
    if (i + ahead < last) __builtin_prefetch(values + std::int64_t{lists.rows[i + ahead]} * stride);
    copy_few(values + std::int64_t{lists.rows[i]} * stride, features, target.bins + (i - first) * features);
    labels_.words(lists.rows[i], lists.drawn[i], target.words + (i - first) * words);
  }
}

void Frontier::copy_rows(std::span<const Target> targets) const {
  const auto features = static_cast<std::size_t>(rules_.features());
  const auto words = static_cast<std::size_t>(rules_.counting().row_words());
  std::vector<std::atomic<std::int64_t>> next(targets.size());
  struct Found {
    std::int32_t slot;
    std::int32_t row;
    std::uint32_t drawn;
  };
  struct Buffers {
    std::vector<Found> found;
    std::vector<std::int64_t> counts;  ///< of slots; all 0 between blocks
    std::vector<std::int32_t> met;
  };
  std::vector<std::vector<std::int32_t>> slots;  // of the nodes that are asked for, by tree
  for (const auto& tree : trees_) slots.emplace_back(tree.places.size(), -1);
  for (std::size_t s = 0; s < targets.size(); ++s) {
    if (targets[s].bins != nullptr)
      slots[static_cast<std::size_t>(small_[s].tree)][static_cast<std::size_t>(small_[s].node)] = static_cast<std::int32_t>(s);
  }
  std::vector<Buffers> buffers(static_cast<std::size_t>(parallel::thread_count()));
  for (auto& one : buffers) one.counts.resize(targets.size());
  parallel::for_each_block(rows_.matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int thread) {
    auto& [found, counts, met] = buffers[static_cast<std::size_t>(thread)];
    const auto range = base::rows_of_block(block, rows_.matrix.rows());
    for (const auto& tree : trees_) {
      found.clear();
      met.clear();
      const auto* const rows = tree.rows.data() + (range.first - first_row_);
      const auto& wanted = slots[static_cast<std::size_t>(&tree - trees_.data())];
      for (std::int64_t i = 0; i < range.size(); ++i) {
        if (rows[i] == 0) continue;
        const auto slot = wanted[node_of_row(rows[i])];
        if (slot < 0) continue;
        if (counts[static_cast<std::size_t>(slot)]++ == 0) met.push_back(slot);
        found.push_back({slot, static_cast<std::int32_t>(i), drawn_of(rows[i])});
      }
      // A run of each node's rows for this block; from here on counts are where the next row goes.
      for (const auto slot : met) {
        auto& count = counts[static_cast<std::size_t>(slot)];
        count = next[static_cast<std::size_t>(slot)].fetch_add(count, std::memory_order_relaxed);
      }
      for (const auto& one : found) {
        const auto at = static_cast<std::size_t>(counts[static_cast<std::size_t>(one.slot)]++);
        const auto& target = targets[static_cast<std::size_t>(one.slot)];
        const auto* const bins = values.data() + one.row * values.stride();
        copy_few(bins, features, target.bins + at * features);
        labels_.words(range.first - first_row_ + one.row, one.drawn, target.words + at * words);
      }
      for (const auto slot : met) counts[static_cast<std::size_t>(slot)] = 0;
    }
  });
}

}  // namespace fullbase::trees
