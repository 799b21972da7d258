#include "algorithms/trees/frontier.hpp"

#include <algorithm>
#include <utility>

#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

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
      labels_(labels),
      rules_(rules),
      size_(size),
      upper_(rows.matrix.spilled_bytes() == 0 ? listed_rows(rows.matrix, labels, bootstrap, size.trees)
                                              : streamed_rows(rows.matrix, labels, bootstrap, size.trees)) {}

void Frontier::draw_rows(int first) {
  const auto width = static_cast<std::size_t>(rules_.counting().width());
  std::vector<std::int64_t> totals(trees_.size() * width, 0);
  comm::collective_try(communicator_, "trees", [&] {
    for (std::size_t t = 0; t < trees_.size(); ++t)
      upper_->draw(static_cast<int>(t), first + static_cast<int>(t), totals.data() + t * width);
  });
  communicator_.sum(std::span(totals));
  for (std::size_t t = 0; t < trees_.size(); ++t) {
    auto& tree = trees_[t];
    const auto* root = totals.data() + t * width;
    // Of a handful of rows a bootstrap may draw none: then the tree has each of them once.
    if (rules_.counting().weight(root) == 0) {
      root = labels_.totals().data();
      upper_->take_all(static_cast<int>(t));
    }
    tree.number = first + static_cast<int>(t);
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
  if (rules_.is_deep_enough(at.depth) || !rules_.splits().may_split(totals)) {
    place.state = Place::State::settled;
  } else if (counting.weight(totals) <= size_.small_rows) {
    place.state = Place::State::small;
    place.slot = static_cast<std::int32_t>(small_.size());
    small_.push_back({static_cast<int>(&tree - trees_.data()), node});
  }
}

void Frontier::grow(int first, int count, const std::function<void()>& after_pass) {
  trees_.assign(static_cast<std::size_t>(count), {});
  small_.clear();
  draw_rows(first);
  LevelHistograms histograms(communicator_, *upper_, rules_, size_.histogram_bytes);
  for (auto level = next_level(); !level.empty(); level = next_level()) {
    for (std::size_t done = 0; done < level.size();) {
      const auto rest = std::span(level).subspan(done);
      const auto counted = histograms.count(trees_, rest);
      split(rest.first(counted), histograms);
      done += counted;
      after_pass();
    }
  }
  counts_ = comm::collective_try(communicator_, "trees", [&] { return upper_->settle(trees_, small_.size()); });
}

std::vector<OpenNode> Frontier::next_level() const {
  std::vector<OpenNode> level;
  std::vector<std::int32_t> buffer;
  for (std::size_t t = 0; t < trees_.size(); ++t) {
    const auto& places = trees_[t].places;
    for (std::size_t n = 0; n < places.size(); ++n) {
      if (places[n].state != Place::State::open) continue;
      const auto drawn = rules_.features_of(trees_[t].number, places[n].path, places[n].draw, buffer);
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
    tree.places.resize(tree.grown.nodes.size());
    const auto left = tree.grown.nodes[static_cast<std::size_t>(node)].left;
    for (int side = 0; side < 2; ++side)
      place(tree, left + side, {.path = rules_.child(path, side), .depth = depth + 1, .parent = node});
  }
}

SubtreeRoot Frontier::root_of(const SmallNode& small) const noexcept {
  const auto& place = trees_[static_cast<std::size_t>(small.tree)].places[static_cast<std::size_t>(small.node)];
  return {trees_[static_cast<std::size_t>(small.tree)].number, place.depth, place.path};
}

std::span<const std::int64_t> Frontier::totals_of(const SmallNode& small) const noexcept {
  const auto width = static_cast<std::size_t>(rules_.counting().width());
  const auto& totals = trees_[static_cast<std::size_t>(small.tree)].grown.totals;
  return std::span(totals).subspan(static_cast<std::size_t>(small.node) * width, width);
}

}  // namespace fullbase::trees
