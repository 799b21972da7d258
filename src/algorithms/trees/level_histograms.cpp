#include "algorithms/trees/level_histograms.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/sum_scatter.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::trees {
namespace {

/// size() + 1 positions: as even shares of `count` items as there are.
std::vector<std::int64_t> even_shares(std::int64_t count, int ranks) {
  std::vector<std::int64_t> starts;
  for (int r = 0; r <= ranks; ++r) starts.push_back(static_cast<std::int64_t>(static_cast<base::int128>(count) * r / ranks));
  return starts;
}

}  // namespace

LevelHistograms::LevelHistograms(comm::Communicator& communicator, UpperRows& rows, const GrowRules& rules,
                                 std::int64_t histogram_bytes)
    : communicator_(communicator),
      rows_(rows),
      rules_(rules),
      cells_(static_cast<std::size_t>(histogram_bins * rules.counting().cells())) {
  at_once_ = std::max<std::int64_t>(1, histogram_bytes / static_cast<std::int64_t>(8 * cells_));
}

std::size_t LevelHistograms::count(std::span<const UpperTree> trees, std::span<const OpenNode> nodes) {
  return rules_.uses_all_features() ? count_all_features(trees, nodes) : count_drawn_features(trees, nodes);
}

std::size_t LevelHistograms::count_drawn_features(std::span<const UpperTree> trees, std::span<const OpenNode> nodes) {
  first_pair_.assign(1, 0);
  nodes_ = 0;
  while (nodes_ < nodes.size() && (nodes_ == 0 || first_pair_.back() + std::ssize(nodes[nodes_].features) <= at_once_))
    first_pair_.push_back(first_pair_.back() + std::ssize(nodes[nodes_++].features));
  std::vector<std::size_t> all(nodes_);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto pairs = first_pair_.back();
  const auto counts =
      comm::collective_try(communicator_, "trees", [&] { return pass(trees, nodes, all, first_pair_, 1, pairs); });
  auto starts = even_shares(pairs, communicator_.size());
  own_first_ = starts[static_cast<std::size_t>(communicator_.rank())];
  own_last_ = starts[static_cast<std::size_t>(communicator_.rank()) + 1];
  for (auto& start : starts) start *= static_cast<std::int64_t>(cells_);
  sums_ = scattered(counts, starts);
  return nodes_;
}

std::size_t LevelHistograms::count_all_features(std::span<const UpperTree> trees, std::span<const OpenNode> nodes) {
  const auto features = static_cast<std::int64_t>(rules_.features());
  const auto before = std::exchange(place_of_, {});
  const auto parents = std::exchange(sums_, {});
  const auto nodes_before = std::exchange(nodes_, 0);

  // Children follow each other in a level. The smaller one is counted if the other is a child of a node of the level before.
  struct Derived {
    std::size_t node = 0;
    std::size_t sibling = 0;
    std::size_t parent = 0;
  };
  std::vector<std::size_t> counted;
  std::vector<Derived> derived;
  const auto drawn = [&](std::size_t n) {
    const auto& totals = trees[static_cast<std::size_t>(nodes[n].tree)].grown.totals;
    const auto width = rules_.counting().width();
    return rules_.counting().weight(totals.data() + std::ptrdiff_t{nodes[n].node} * width);
  };
  const auto parent = [&](std::size_t n) {
    return NodeName(nodes[n].tree,
                    trees[static_cast<std::size_t>(nodes[n].tree)].places[static_cast<std::size_t>(nodes[n].node)].parent);
  };
  while (nodes_ < nodes.size()) {
    const bool has_sibling = nodes_ + 1 < nodes.size() && parent(nodes_) == parent(nodes_ + 1);
    const auto found = has_sibling ? before.find(parent(nodes_)) : before.end();
    const std::int64_t more = found == before.end() ? 1 : 2;
    // What is kept is as much as what is counted, or more.
    if (nodes_ > 0 && (static_cast<std::int64_t>(nodes_) + more) * features > at_once_) break;
    if (more == 1) {
      counted.push_back(nodes_);
    } else {
      const auto smaller = drawn(nodes_) <= drawn(nodes_ + 1) ? nodes_ : nodes_ + 1;
      counted.push_back(smaller);
      derived.push_back({2 * nodes_ + 1 - smaller, smaller, found->second});
    }
    nodes_ += static_cast<std::size_t>(more);
  }

  // Feature by feature, so that a rank's features lie together.
  std::vector<std::int64_t> firsts(counted.size());
  std::iota(firsts.begin(), firsts.end(), std::int64_t{0});
  const auto step = std::ssize(counted);
  const auto counts =
      comm::collective_try(communicator_, "trees", [&] { return pass(trees, nodes, counted, firsts, step, step * features); });
  auto starts = even_shares(features, communicator_.size());
  own_first_ = starts[static_cast<std::size_t>(communicator_.rank())];
  own_last_ = starts[static_cast<std::size_t>(communicator_.rank()) + 1];
  for (auto& start : starts) start *= step * static_cast<std::int64_t>(cells_);
  const auto sums = scattered(counts, starts);

  const auto own = static_cast<std::size_t>(own_last_ - own_first_);
  sums_.resize(own * nodes_ * cells_);
  const auto place = [&](std::size_t f, std::size_t n) { return sums_.data() + (f * nodes_ + n) * cells_; };
  parallel::for_each(0, static_cast<std::int64_t>(own), [&](std::int64_t feature, int) {
    const auto f = static_cast<std::size_t>(feature);
    for (std::size_t c = 0; c < counted.size(); ++c) {
      const auto* const from = sums.data() + (f * counted.size() + c) * cells_;
      std::copy(from, from + cells_, place(f, counted[c]));
    }
    for (const auto& one : derived) {
      const auto* const whole = parents.data() + (f * nodes_before + one.parent) * cells_;
      const auto* const part = place(f, one.sibling);
      auto* const rest = place(f, one.node);
      for (std::size_t i = 0; i < cells_; ++i) rest[i] = whole[i] - part[i];
    }
  });
  for (std::size_t n = 0; n < nodes_; ++n) place_of_.emplace(NodeName(nodes[n].tree, nodes[n].node), n);
  return nodes_;
}

const std::uint64_t* LevelHistograms::of(std::size_t n, std::size_t j) const noexcept {
  const auto index = static_cast<std::int64_t>(j) + (rules_.uses_all_features() ? 0 : first_pair_[n]);
  if (index < own_first_ || index >= own_last_) return nullptr;
  const auto own = static_cast<std::size_t>(index - own_first_);
  return sums_.data() + (rules_.uses_all_features() ? own * nodes_ + n : own) * cells_;
}

std::vector<std::uint64_t> LevelHistograms::scattered(const std::vector<std::uint64_t>& counts,
                                                      std::span<const std::int64_t> starts) {
  const comm::StageScope scope(communicator_.statistics(), "histograms");
  return comm::sum_scatter(communicator_, counts, starts);
}

std::vector<std::uint64_t> LevelHistograms::pass(std::span<const UpperTree> trees, std::span<const OpenNode> nodes,
                                                 std::span<const std::size_t> counted, std::span<const std::int64_t> firsts,
                                                 std::int64_t step, std::int64_t histograms) {
  std::vector<CountedNode> counting;
  for (std::size_t c = 0; c < counted.size(); ++c)
    counting.push_back({nodes[counted[c]].tree, nodes[counted[c]].node, firsts[c], nodes[counted[c]].features});
  return rows_.count(trees, counting, step, histograms);
}

}  // namespace fullbase::trees
