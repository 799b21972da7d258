// Sets that may be frequent, by the frequent ones of one item less.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/itemsets/set_trie.hpp"

namespace fullbase::itemsets {

/// Candidates of one item more than the sets of `frequent`: two sets that share all items but the last are joined, and stay
/// joined where every other subset with one item less is frequent too. The rank's threads share the work, a rarest item at a
/// time. Not collective. Cost: for each frequent set and each of its items but the last two, a search and a walk along the sets
/// that begin as what is left of it does.
class Candidates {
 public:
  /// Of the rarest items that `wanted` says yes to. `frequent` must outlive this.
  Candidates(const SetTrie& frequent, const std::function<bool(std::int32_t rarest)>& wanted);

  /// How many there are; as much work as make().
  std::int64_t count() const;
  /// What make() takes for so many, at most: the trie twice, while it is put together.
  static std::int64_t bytes(std::int64_t candidates, const SetTrie& frequent) noexcept;
  SetTrie make() const;

 private:
  /// Calls take(candidate) for each candidate that begins with a root of the trie, in order.
  template <class F>
  void join(std::int64_t root, F&& take) const;

  const SetTrie& frequent_;
  std::vector<std::int64_t> roots_;
};

}  // namespace fullbase::itemsets
