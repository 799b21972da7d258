#include "algorithms/itemsets/contained_sets.hpp"

#include <numeric>

#include "base/contract.hpp"

namespace fullbase::itemsets {
namespace {

/// 1 for the wanted sets and all that they begin with.
std::vector<std::uint8_t> in_tree(std::span<const std::int32_t> rest, std::span<const std::int32_t> labels) {
  std::vector<std::uint8_t> is_in(rest.size());
  for (std::size_t set = 0; set < rest.size(); ++set) is_in[set] = labels[set] >= 0 ? 1 : 0;
  // A set's rest stands before it.
  for (std::size_t set = rest.size(); set-- > 0;) {
    if (is_in[set] != 0 && rest[set] >= 0) is_in[static_cast<std::size_t>(rest[set])] = 1;
  }
  return is_in;
}

}  // namespace

ContainedSets::ContainedSets(std::span<const std::int32_t> rest, std::span<const std::int32_t> last,
                             std::span<const std::int32_t> labels, std::int32_t items, data::Budget& budget)
    : items_(items) {
  build(rest, last, labels, budget);
}

ContainedSets::ContainedSets(const SetIndex& sets, std::span<const std::int32_t> labels, data::Budget& budget)
    : items_(sets.items()) {
  const auto while_made = require_whole(budget, 8 * std::int64_t{sets.rows()}, "the itemsets, while a tree is made of them,");
  std::vector<std::int32_t> rest, last;
  rest.reserve(static_cast<std::size_t>(sets.rows()));
  last.reserve(static_cast<std::size_t>(sets.rows()));
  for (std::int32_t set = 0; set < sets.rows(); ++set) {
    rest.push_back(sets.rest(set));
    last.push_back(sets.item(set));
  }
  build(rest, last, labels, budget);
}

void ContainedSets::build(std::span<const std::int32_t> rest, std::span<const std::int32_t> last,
                          std::span<const std::int32_t> labels, data::Budget& budget) {
  FULLBASE_EXPECTS(rest.size() == last.size() && rest.size() == labels.size(), "each set has a rest and a last item");
  const auto rows = static_cast<std::int64_t>(rest.size());
  const auto while_made = require_whole(budget, 9 * rows, "the itemsets, while a tree is made of them,");
  const auto is_in = in_tree(rest, labels);
  const auto count = std::accumulate(is_in.begin(), is_in.end(), std::int64_t{0});
  memory_ = require_whole(budget, 12 * count + 4 * std::int64_t{items_}, "the itemsets as a tree");

  // Sets of one length after the other: a level follows from the one above it, whose nodes say where theirs stand.
  std::vector<std::int32_t> next(rest.size(), -1);  // the sets below one set, as a chain
  std::vector<std::int32_t> chains(rest.size() + 1, -1);
  for (std::size_t set = rest.size(); set-- > 0;) {
    if (is_in[set] == 0) continue;
    auto& head = chains[static_cast<std::size_t>(rest[set] + 1)];
    next[set] = head;
    head = static_cast<std::int32_t>(set);
  }
  const auto nodes = static_cast<std::size_t>(count);
  last_.reserve(nodes);
  labels_.reserve(nodes);
  starts_.reserve(nodes + 2);
  std::vector<std::int32_t> below;
  // While the tree is made, labels_ holds the sets' rows.
  const auto add_below = [&](std::int32_t set) {
    starts_.push_back(static_cast<std::int32_t>(labels_.size()));
    below.clear();
    for (std::int32_t s = chains[static_cast<std::size_t>(set + 1)]; s >= 0; s = next[static_cast<std::size_t>(s)])
      below.push_back(s);
    std::ranges::sort(below, {}, [&](std::int32_t s) { return last[static_cast<std::size_t>(s)]; });
    for (const std::int32_t s : below) {
      last_.push_back(last[static_cast<std::size_t>(s)]);
      labels_.push_back(s);
    }
  };
  add_below(-1);
  for (std::size_t node = 0; node < labels_.size(); ++node) add_below(labels_[node]);
  starts_.push_back(static_cast<std::int32_t>(labels_.size()));
  for (auto& label : labels_) label = labels[static_cast<std::size_t>(label)];
}

}  // namespace fullbase::itemsets
