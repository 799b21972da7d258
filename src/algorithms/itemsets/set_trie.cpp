#include "algorithms/itemsets/set_trie.hpp"

#include <algorithm>

#include "base/checked.hpp"

namespace fullbase::itemsets {

void SetTrie::add(std::span<const std::int32_t> set) {
  std::size_t depth = 0;
  if (!last_.empty()) {
    while (depth + 1 < set.size() && set[depth] == last_[depth]) ++depth;
  }
  for (; depth < set.size(); ++depth) {
    items_[depth].push_back(set[depth]);
    if (depth + 1 < set.size()) starts_[depth].push_back(base::checked_cast<std::uint32_t>(items_[depth + 1].size()));
  }
  last_.assign(set.begin(), set.end());
}

void SetTrie::append(const SetTrie& other) {
  for (std::size_t depth = 0; depth < items_.size(); ++depth) {
    if (depth + 1 < items_.size()) {
      const auto shift = base::checked_cast<std::uint32_t>(items_[depth + 1].size());
      base::checked_cast<std::uint32_t>(items_[depth + 1].size() + other.items_[depth + 1].size());
      for (std::size_t node = 0; node < other.items_[depth].size(); ++node)
        starts_[depth].push_back(shift + other.starts_[depth][node]);
    }
    items_[depth].insert(items_[depth].end(), other.items_[depth].begin(), other.items_[depth].end());
  }
  last_.clear();
}

void SetTrie::finish() {
  for (std::size_t depth = 0; depth < starts_.size(); ++depth)
    starts_[depth].push_back(base::checked_cast<std::uint32_t>(items_[depth + 1].size()));
}

std::int64_t SetTrie::beginnings() const noexcept {
  std::int64_t nodes = 0;
  for (const auto& items : items_) nodes += std::ssize(items);
  return nodes - size();
}

std::span<const std::int32_t> SetTrie::last_items(std::int64_t node) const noexcept {
  const auto& starts = starts_.back();
  const auto first = starts[static_cast<std::size_t>(node)];
  return std::span(items_.back()).subspan(first, starts[static_cast<std::size_t>(node) + 1] - first);
}

std::int64_t SetTrie::find(std::span<const std::int32_t> beginning) const noexcept {
  std::size_t first = 0;
  auto last = items_.front().size();
  for (std::size_t depth = 0; depth < beginning.size(); ++depth) {
    const auto begin = items_[depth].begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = items_[depth].begin() + static_cast<std::ptrdiff_t>(last);
    const auto found = std::lower_bound(begin, end, beginning[depth]);
    if (found == end || *found != beginning[depth]) return -1;
    const auto node = static_cast<std::size_t>(found - items_[depth].begin());
    if (depth + 1 == beginning.size()) return static_cast<std::int64_t>(node);
    first = starts_[depth][node];
    last = starts_[depth][node + 1];
  }
  return -1;
}

}  // namespace fullbase::itemsets
