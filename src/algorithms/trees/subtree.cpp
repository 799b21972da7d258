#include "algorithms/trees/subtree.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/contract.hpp"

namespace fullbase::trees {
namespace {

/// Below so many rows in the larger child, counting both is cheaper than subtracting all bins.
constexpr std::int32_t least_rows_to_subtract = 128;

}  // namespace

SubtreeGrower::SubtreeGrower(const GrowRules& rules)
    : rules_(rules),
      finder_(rules.splits()),
      feature_cells_(static_cast<std::size_t>(histogram_bins * rules.counting().cells())),
      drawn_(static_cast<std::size_t>(rules.features_per_node()) * feature_cells_),
      all_features_(static_cast<std::size_t>(rules.features())),
      left_totals_(static_cast<std::size_t>(rules.counting().width())) {
  std::iota(all_features_.begin(), all_features_.end(), 0);
}

GrowingTree SubtreeGrower::grow(const GatheredRows& rows, const SubtreeRoot& root, std::span<const std::int64_t> totals) {
  FULLBASE_EXPECTS(rows.rows < (std::int64_t{1} << 31), "a subtree's rows are numbered by 32 bits");
  rows_ = rows;
  tree_ = root.tree;
  grown_ = {};
  grown_.add(totals.data(), rules_.counting().width());
  order_.resize(static_cast<std::size_t>(rows.rows));
  parted_.resize(order_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  waiting_.assign(1,
                  {.node = 0, .first = 0, .last = static_cast<std::int32_t>(rows.rows), .depth = root.depth, .path = root.path});
  while (!waiting_.empty()) {
    const auto next = waiting_.back();
    waiting_.pop_back();
    grow_node(next);
  }
  return std::move(grown_);
}

int SubtreeGrower::take_histogram() {
  if (free_histograms_.empty()) {
    histograms_.emplace_back(all_features_.size() * feature_cells_);
    return static_cast<int>(histograms_.size()) - 1;
  }
  const int taken = free_histograms_.back();
  free_histograms_.pop_back();
  std::ranges::fill(histograms_[static_cast<std::size_t>(taken)], 0);
  return taken;
}

void SubtreeGrower::give_back(int histogram) {
  if (histogram >= 0) free_histograms_.push_back(histogram);
}

void SubtreeGrower::count(std::int32_t first, std::int32_t last, std::span<const std::int32_t> features,
                          std::uint64_t* histogram) const {
  const auto& counting = rules_.counting();
  const auto stride = static_cast<std::size_t>(rules_.features());
  const auto words = static_cast<std::size_t>(counting.row_words());
  const auto cells = static_cast<std::size_t>(counting.cells());
  with_kind(counting.kind, [&]<Counting::Kind kind>() {
    for (auto i = first; i < last; ++i) {
      const std::size_t row = order_[static_cast<std::size_t>(i)];
      const std::uint8_t* const bins = rows_.bins + row * stride;
      const std::uint64_t* const label = rows_.words + row * words;
      auto* feature_start = histogram;
      for (const auto feature : features) {
        add_row<kind>(feature_start + bins[feature] * cells, label);
        feature_start += feature_cells_;
      }
    }
  });
}

bool SubtreeGrower::has_one_value(const Waiting& waiting) const {
  const auto value = [&](std::int32_t i) {
    const auto row = order_[static_cast<std::size_t>(i)];
    return static_cast<std::int64_t>(rows_.words[2 * row + 1]) / static_cast<std::int64_t>(rows_.words[2 * row]);
  };
  for (auto i = waiting.first + 1; i < waiting.last; ++i) {
    if (value(i) != value(waiting.first)) return false;
  }
  return true;
}

Split SubtreeGrower::find_split(const Waiting& waiting) {
  const auto* const totals = totals_of(waiting);
  Split best;
  if (waiting.histogram >= 0) {
    const auto& histogram = histograms_[static_cast<std::size_t>(waiting.histogram)];
    for (const auto feature : all_features_)
      finder_.consider(feature, rules_.bins()[static_cast<std::size_t>(feature)],
                       histogram.data() + static_cast<std::size_t>(feature) * feature_cells_, totals, best, left_totals_.data());
    return best;
  }
  for (int draw = 0; draw < rules_.most_draws() && !best.found(); ++draw) {
    const auto features = rules_.features_of(tree_, waiting.path, draw, features_);
    std::memset(drawn_.data(), 0, features.size() * feature_cells_ * sizeof(std::uint64_t));
    count(waiting.first, waiting.last, features, drawn_.data());
    for (std::size_t j = 0; j < features.size(); ++j)
      finder_.consider(features[j], rules_.bins()[static_cast<std::size_t>(features[j])], drawn_.data() + j * feature_cells_,
                       totals, best, left_totals_.data());
  }
  return best;
}

std::int32_t SubtreeGrower::part_rows(const Waiting& waiting, const Split& split) {
  const auto left = trees::goes_left(split);
  const auto stride = static_cast<std::size_t>(rules_.features());
  const std::uint8_t* const bins = rows_.bins + split.feature;
  auto* const order = order_.data();
  auto* const parted = parted_.data();
  std::int32_t to = waiting.first;
  std::int32_t others = 0;
  for (auto i = waiting.first; i < waiting.last; ++i) {
    const auto row = order[i];
    const auto goes_left = left[bins[row * stride]];
    order[to] = row;
    parted[others] = row;
    to += goes_left;
    others += 1 - goes_left;
  }
  std::copy(parted, parted + others, order + to);
  return to;
}

void SubtreeGrower::wait_for_children(const Waiting& parent, std::int32_t middle) {
  const auto left_node = grown_.nodes[static_cast<std::size_t>(parent.node)].left;
  Waiting left{left_node, parent.first, middle, parent.depth + 1, rules_.child(parent.path, 0)};
  Waiting right{left_node + 1, middle, parent.last, parent.depth + 1, rules_.child(parent.path, 1)};
  const bool left_is_smaller = middle - parent.first <= parent.last - middle;
  auto& smaller = left_is_smaller ? left : right;
  auto& larger = left_is_smaller ? right : left;
  if (parent.histogram >= 0 && larger.last - larger.first >= least_rows_to_subtract && !rules_.is_deep_enough(larger.depth)) {
    const int counted = take_histogram();
    auto& part = histograms_[static_cast<std::size_t>(counted)];
    count(smaller.first, smaller.last, all_features_, part.data());
    auto& whole = histograms_[static_cast<std::size_t>(parent.histogram)];
    for (std::size_t i = 0; i < whole.size(); ++i) whole[i] -= part[i];
    larger.histogram = parent.histogram;
    if (smaller.last - smaller.first >= least_rows_to_subtract) {
      smaller.histogram = counted;
    } else {
      give_back(counted);
    }
  } else {
    give_back(parent.histogram);
  }
  // The smaller one goes first, so that at most log2(rows) histograms wait.
  waiting_.push_back(larger);
  waiting_.push_back(smaller);
}

const std::int64_t* SubtreeGrower::totals_of(const Waiting& waiting) const noexcept {
  return grown_.totals.data() + std::ptrdiff_t{waiting.node} * rules_.counting().width();
}

bool SubtreeGrower::is_leaf(const Waiting& waiting) const {
  return rules_.is_deep_enough(waiting.depth) || !rules_.splits().may_split(totals_of(waiting)) ||
         (rules_.counting().classes == 1 && has_one_value(waiting));
}

void SubtreeGrower::grow_node(Waiting node) {
  if (is_leaf(node)) {
    give_back(node.histogram);
    return;
  }
  if (node.node == 0 && rules_.uses_all_features() && node.last - node.first >= least_rows_to_subtract) {
    node.histogram = take_histogram();
    count(node.first, node.last, all_features_, histograms_[static_cast<std::size_t>(node.histogram)].data());
  }
  if (const auto split = find_split(node); split.found()) {
    grown_.split(node.node, split, left_totals_.data(), rules_.counting().width());
    wait_for_children(node, part_rows(node, split));
  } else {
    give_back(node.histogram);
  }
}

}  // namespace fullbase::trees
