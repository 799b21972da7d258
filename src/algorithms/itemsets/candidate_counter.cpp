#include "algorithms/itemsets/candidate_counter.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <utility>

#include "parallel/for_each.hpp"
#include "parallel/stop.hpp"

namespace fullbase::itemsets {

/// One group of 64 * words baskets on its way down.
template <int words>
class CandidateCounter::Walk {
 public:
  using Bits = std::array<std::uint64_t, words>;

  Walk(CandidateCounter& counter, int thread)
      : trie_(counter.candidates_),
        roots_(counter.roots_),
        occurs_(counter.occurs_),
        counts_(counter.counts_[counter.shared_ ? 0 : static_cast<std::size_t>(thread)]),
        shared_(counter.shared_),
        holders_(counter.roots_.size(), Bits{}) {}

  void run(const Baskets& baskets, std::span<const std::int64_t> group) {
    fill(baskets, group);
    ascending_.clear();
    for (const auto item : present_) {
      const auto root = roots_[static_cast<std::size_t>(item)];
      if (root >= 0) enter(0, static_cast<std::size_t>(root), holders_[static_cast<std::size_t>(item)]);
    }
    for (const auto item : present_) holders_[static_cast<std::size_t>(item)] = {};
    present_.clear();
  }

 private:
  void fill(const Baskets& baskets, std::span<const std::int64_t> group) {
    planes_.clear();
    for (std::size_t b = 0; b < group.size(); ++b) {
      const auto word = b / 64;
      const auto bit = std::uint64_t{1} << (b % 64);
      for (const auto item : baskets[group[b]]) {
        if (occurs_[static_cast<std::size_t>(item)] == 0) continue;
        auto& holders = holders_[static_cast<std::size_t>(item)];
        if (!any(holders)) present_.push_back(item);
        holders[word] |= bit;
      }
      for (auto weight = baskets.weight(group[b]); weight != 0; weight &= weight - 1) {
        const auto power = static_cast<std::size_t>(std::countr_zero(weight));
        if (planes_.size() <= power) planes_.resize(power + 1, Bits{});
        planes_[power][word] |= bit;
      }
    }
  }

  /// Baskets `holders` hold the node's beginning; they go on to its children.
  void enter(int depth, std::size_t node, const Bits& holders) {
    const auto starts = trie_.starts(depth);
    const auto items = trie_.items(depth + 1);
    const bool last = depth + 2 == trie_.set_size();
    const std::size_t first = starts[node];
    const std::size_t end = starts[node + 1];
    const auto child = [&](std::size_t at) {
      const auto& others = holders_[static_cast<std::size_t>(items[at])];
      if (last) {
        if (const auto weight = common_weight(holders, others); weight != 0) add(at, weight);
        return;
      }
      Bits both;
      for (std::size_t w = 0; w < words; ++w) both[w] = holders[w] & others[w];
      if (any(both)) enter(depth + 1, at, both);
    };
    if (end - first > 8 * present_.size()) {
      // Many children, few items: look these up.
      if (ascending_.empty()) {
        ascending_ = present_;
        std::ranges::sort(ascending_);
      }
      auto from = items.begin() + static_cast<std::ptrdiff_t>(first);
      const auto to = items.begin() + static_cast<std::ptrdiff_t>(end);
      for (const auto item : ascending_) {
        from = std::lower_bound(from, to, item);
        if (from == to) break;
        if (*from == item) child(static_cast<std::size_t>(from - items.begin()));
      }
      return;
    }
    for (auto at = first; at < end; ++at) child(at);
  }

  static bool any(const Bits& baskets) noexcept {
    std::uint64_t word = 0;
    for (const auto some : baskets) word |= some;
    return word != 0;
  }

  /// Of the baskets that are in both.
  std::int64_t common_weight(const Bits& some, const Bits& others) const noexcept {
    std::int64_t weight = 0;
    if (planes_.size() == 1) {
      for (std::size_t w = 0; w < words; ++w) weight += std::popcount(some[w] & others[w]);
      return weight;
    }
    for (std::size_t power = 0; power < planes_.size(); ++power) {
      for (std::size_t w = 0; w < words; ++w)
        weight += std::int64_t{std::popcount(some[w] & others[w] & planes_[power][w])} << power;
    }
    return weight;
  }

  void add(std::size_t candidate, std::int64_t weight) {
    if (shared_) {
      std::atomic_ref(counts_[candidate]).fetch_add(weight, std::memory_order_relaxed);
    } else {
      counts_[candidate] += weight;
    }
  }

  const SetTrie& trie_;
  std::span<const std::int32_t> roots_;
  std::span<const std::uint8_t> occurs_;
  std::vector<std::int64_t>& counts_;
  bool shared_;
  std::vector<Bits> holders_;            ///< by item
  std::vector<std::int32_t> present_;    ///< items that a basket of the group holds
  std::vector<std::int32_t> ascending_;  ///< the same in order, once somebody asks
  std::vector<Bits> planes_;             ///< by power of two: the baskets whose weight has it; of one: all weights are 1
};

CandidateCounter::CandidateCounter(const SetTrie& candidates, std::int32_t items, int copies)
    : candidates_(candidates),
      roots_(static_cast<std::size_t>(items), -1),
      occurs_(static_cast<std::size_t>(items), 0),
      counts_(static_cast<std::size_t>(copies)),
      shared_(copies < parallel::thread_count()) {
  for (int depth = 0; depth < candidates.set_size(); ++depth) {
    for (const auto item : candidates.items(depth)) occurs_[static_cast<std::size_t>(item)] = 1;
  }
  const auto roots = candidates.items(0);
  for (std::size_t root = 0; root < roots.size(); ++root)
    roots_[static_cast<std::size_t>(roots[root])] = static_cast<std::int32_t>(root);
  items_occurring_ = std::ranges::count(occurs_, 1);
  counts_.front().assign(static_cast<std::size_t>(candidates.size()), 0);
}

template <int words>
void CandidateCounter::count(const Baskets& baskets, std::span<const std::int64_t> chosen, int thread) {
  Walk<words> walk(*this, thread);
  constexpr std::size_t most = 64 * words;
  for (std::size_t first = 0; first < chosen.size(); first += most) {
    parallel::stop_point();
    walk.run(baskets, chosen.subspan(first, std::min(most, chosen.size() - first)));
  }
}

void CandidateCounter::add(const Baskets& baskets, int thread) {
  if (!shared_) {
    auto& own = counts_[static_cast<std::size_t>(thread)];
    own.resize(static_cast<std::size_t>(candidates_.size()), 0);
  }
  std::vector<std::int64_t> chosen;
  std::int64_t entries = 0;
  for (std::int64_t b = 0; b < baskets.size(); ++b) {
    std::int64_t occurring = 0;
    for (const auto item : baskets[b]) occurring += occurs_[static_cast<std::size_t>(item)];
    if (occurring < candidates_.set_size()) continue;
    chosen.push_back(b);
    entries += occurring;
  }
  if (8 * entries >= std::ssize(chosen) * items_occurring_) {
    count<8>(baskets, chosen, thread);
  } else {
    count<1>(baskets, chosen, thread);
  }
}

std::vector<std::int64_t> CandidateCounter::take() {
  auto sums = std::move(counts_.front());
  for (std::size_t thread = 1; thread < counts_.size(); ++thread) {
    for (std::size_t candidate = 0; candidate < counts_[thread].size(); ++candidate)
      sums[candidate] += counts_[thread][candidate];
  }
  counts_.clear();
  return sums;
}

}  // namespace fullbase::itemsets
