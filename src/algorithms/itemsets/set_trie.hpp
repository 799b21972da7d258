// Sets of one size as a tree of their beginnings.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fullbase::itemsets {

/// Sets of `set_size` items, rarest first, in the order of FoundSets. A node at depth d is a beginning of d + 1 items; those of
/// the last depth are the sets, numbered from 0 on. Memory: 4 bytes a set, 8 a shorter beginning.
class SetTrie {
 public:
  /// As many as 32 bits number.
  static constexpr std::int64_t most_sets = (std::int64_t{1} << 32) - 1;

  explicit SetTrie(int set_size) : items_(static_cast<std::size_t>(set_size)), starts_(items_.size() - 1) {}

  /// Sets come in their order, each once.
  void add(std::span<const std::int32_t> set);
  /// All of another trie, whose sets follow those of this one and have other rarest items.
  void append(const SetTrie& other);
  /// After the last set.
  void finish();

  int set_size() const noexcept { return static_cast<int>(items_.size()); }
  std::int64_t size() const noexcept { return std::ssize(items_.back()); }
  /// Beginnings shorter than the sets.
  std::int64_t beginnings() const noexcept;

  std::span<const std::int32_t> items(int depth) const noexcept { return items_[static_cast<std::size_t>(depth)]; }
  /// The first child of each node at depth + 1, and one past the last of the last.
  std::span<const std::uint32_t> starts(int depth) const noexcept { return starts_[static_cast<std::size_t>(depth)]; }
  /// The last items of the sets that begin with a node at the depth before the last.
  std::span<const std::int32_t> last_items(std::int64_t node) const noexcept;

  /// The node that a beginning ends at; -1 where no set begins so.
  std::int64_t find(std::span<const std::int32_t> beginning) const noexcept;

  /// Calls take(beginning, node) for every node of a depth in order.
  template <class F>
  void for_each(int depth, F&& take) const {
    std::vector<std::size_t> at(static_cast<std::size_t>(depth) + 1, 0);
    std::vector<std::int32_t> beginning(at.size());
    for (auto& node = at.back(); node < items_[at.size() - 1].size(); ++node) {
      beginning.back() = items_[at.size() - 1][node];
      for (auto d = at.size() - 1; d-- > 0;) {
        while (starts_[d][at[d] + 1] <= at[d + 1]) ++at[d];
        beginning[d] = items_[d][at[d]];
      }
      take(std::span<const std::int32_t>(beginning), static_cast<std::int64_t>(node));
    }
  }

 private:
  std::vector<std::vector<std::int32_t>> items_;    ///< by depth
  std::vector<std::vector<std::uint32_t>> starts_;  ///< by depth but the last; the end of the last node from finish() on
  std::vector<std::int32_t> last_;                  ///< the set added last
};

}  // namespace fullbase::itemsets
