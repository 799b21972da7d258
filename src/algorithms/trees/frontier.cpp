#include "algorithms/trees/frontier.hpp"

#include <algorithm>
#include <array>

#include "base/contract.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"
#include "parallel/matrix_loop.hpp"

namespace fullbase::trees {
namespace {

/// What a rank says about the best split that it has found for a node.
struct FoundSplit {
  std::int64_t node = 0;  ///< of those counted
  Split split = {};
};

}  // namespace

Frontier::Frontier(comm::Communicator& communicator, const GrowRows& rows, const Labels& labels, const GrowRules& rules,
                   const Bootstrap& bootstrap, const Size& size)
    : communicator_(communicator),
      rows_(rows),
      labels_(labels),
      rules_(rules),
      size_(size),
      trees_(static_cast<std::size_t>(size.trees)) {
  draw_rows(bootstrap);
}

void Frontier::draw_rows(const Bootstrap& bootstrap) {
  const auto first_row = rows_.matrix.local_rows().first;
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
      bootstrap.counts(size_.first_tree + static_cast<int>(t), first_row + range.first,
                       std::span(counts).first(static_cast<std::size_t>(range.size())));
      std::uint64_t words[2] = {};
      for (auto i = range.first; i < range.last; ++i) {
        const std::uint32_t drawn = labels_.is_used(i) ? counts[static_cast<std::size_t>(i - range.first)] : 0;
        rows[static_cast<std::size_t>(i)] = row_word::in_node(0, drawn);
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
    place(tree, 0, {});
  }
}

void Frontier::place(UpperTree& tree, std::int32_t node, const Place& at) {
  const auto& counting = rules_.counting();
  const auto* const totals = tree.grown.totals.data() + std::ptrdiff_t{node} * counting.width();
  auto& place = tree.places[static_cast<std::size_t>(node)];
  place = at;
  const auto drawn = counting.weight(totals);
  if (rules_.is_deep_enough(at.depth) || !SplitFinder(rules_.splits()).may_split(totals)) {
    place.state = Place::State::settled;
  } else if (drawn <= size_.small_rows) {
    place.state = Place::State::small;
    place.slot = static_cast<std::int32_t>(small_.size());
    small_.push_back({static_cast<int>(&tree - trees_.data()), node, drawn});
  }
}

void Frontier::grow(const std::function<void()>& after_pass) {
  LevelHistograms histograms(communicator_, rows_.matrix, labels_, rules_, size_.histogram_bytes);
  for (auto level = next_level(); !level.empty(); level = next_level()) {
    for (std::size_t done = 0; done < level.size();) {
      const auto rest = std::span(level).subspan(done);
      const auto counted = histograms.count(trees_, rest);
      split(rest.first(counted), histograms);
      done += counted;
      after_pass();
    }
  }
  settle_rows();
}

std::vector<OpenNode> Frontier::next_level() const {
  std::vector<OpenNode> level;
  std::vector<std::int32_t> buffer;
  for (std::size_t t = 0; t < trees_.size(); ++t) {
    const auto& places = trees_[t].places;
    for (std::size_t n = 0; n < places.size(); ++n) {
      if (places[n].state != Place::State::open) continue;
      const auto drawn = rules_.features_of(size_.first_tree + static_cast<int>(t), places[n].path, places[n].draw, buffer);
      level.push_back({static_cast<int>(t), static_cast<std::int32_t>(n), {drawn.begin(), drawn.end()}});
    }
  }
  return level;
}

void Frontier::split(std::span<const OpenNode> nodes, const LevelHistograms& histograms) {
  const auto width = static_cast<std::size_t>(rules_.counting().width());
  // The nodes that this rank has a share of.
  std::vector<FoundSplit> found;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    bool has_share = false;
    for (std::size_t j = 0; j < nodes[n].features.size() && !has_share; ++j) has_share = histograms.of(n, j) != nullptr;
    if (has_share) found.push_back({static_cast<std::int64_t>(n), {}});
  }
  std::vector<std::int64_t> left_totals(found.size() * width, 0);
  parallel::for_each(0, std::ssize(found), [&](std::int64_t i, int) {
    auto& one = found[static_cast<std::size_t>(i)];
    const auto n = static_cast<std::size_t>(one.node);
    const auto& tree = trees_[static_cast<std::size_t>(nodes[n].tree)].grown;
    const auto* const totals = tree.totals.data() + static_cast<std::size_t>(nodes[n].node) * width;
    SplitFinder finder(rules_.splits());
    for (std::size_t j = 0; j < nodes[n].features.size(); ++j) {
      const auto feature = nodes[n].features[j];
      if (const auto* const histogram = histograms.of(n, j); histogram != nullptr)
        finder.consider(feature, rules_.bins()[static_cast<std::size_t>(feature)], histogram, totals, one.split,
                        left_totals.data() + static_cast<std::size_t>(i) * width);
    }
  });

  const comm::StageScope scope(communicator_.statistics(), "splits");
  const auto all = communicator_.all_gather_all(std::span<const FoundSplit>(found));
  const auto all_totals = communicator_.all_gather_all(std::span<const std::int64_t>(left_totals));
  std::vector<std::int64_t> best(nodes.size(), -1);
  for (std::size_t i = 0; i < all.values.size(); ++i) {
    auto& at = best[static_cast<std::size_t>(all.values[i].node)];
    if (all.values[i].split.found() && (at < 0 || all.values[i].split.beats(all.values[static_cast<std::size_t>(at)].split)))
      at = static_cast<std::int64_t>(i);
  }
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const auto node = nodes[n].node;
    auto& tree = trees_[static_cast<std::size_t>(nodes[n].tree)];
    auto& here = tree.places[static_cast<std::size_t>(node)];
    if (best[n] < 0) {
      if (++here.draw == rules_.most_draws()) here.state = Place::State::settled;
      continue;
    }
    here.state = Place::State::settled;
    const auto [path, depth] = std::pair(here.path, here.depth);
    const auto at = static_cast<std::size_t>(best[n]);
    tree.grown.split(node, all.values[at].split, all_totals.values.data() + at * width, static_cast<int>(width));
    FULLBASE_EXPECTS(tree.grown.nodes.size() < row_word::most_nodes, "the upper nodes of a tree are numbered by 26 bits");
    tree.places.resize(tree.grown.nodes.size());
    const auto left = tree.grown.nodes[static_cast<std::size_t>(node)].left;
    for (int side = 0; side < 2; ++side)
      place(tree, left + side, {.path = rules_.child(path, side), .depth = depth + 1, .parent = node});
  }
}

void Frontier::settle_rows() {
  std::vector<std::vector<Visit>> visits;
  for (const auto& tree : trees_) visits.push_back(visits_of(tree.grown));
  std::vector<std::vector<std::int64_t>> parts(static_cast<std::size_t>(parallel::thread_count()),
                                               std::vector<std::int64_t>(small_.size(), 0));
  const auto first_row = rows_.matrix.local_rows().first;
  comm::collective_try(communicator_, "trees", [&] {
    parallel::for_each_block(rows_.matrix, [&](std::int64_t block, base::matrix_view<const std::uint8_t> values, int thread) {
      auto& part = parts[static_cast<std::size_t>(thread)];
      const auto range = base::rows_of_block(block, rows_.matrix.rows());
      for (std::size_t t = 0; t < trees_.size(); ++t) {
        auto& tree = trees_[t];
        const auto words = std::span(tree.rows).subspan(static_cast<std::size_t>(range.first - first_row),
                                                        static_cast<std::size_t>(range.size()));
        const DrawnRows drawn(words);
        for (std::int64_t d = 0; d < drawn.count; ++d) {
          const std::int64_t i = drawn.rows[static_cast<std::size_t>(d)];
          auto& word = words[static_cast<std::size_t>(i)];
          word = moved_on(visits[t], word, values.data() + i * values.stride());
          const auto& place = tree.places[row_word::node(word)];
          if (place.state == Place::State::small) ++part[static_cast<std::size_t>(place.slot)];
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

}  // namespace fullbase::trees
