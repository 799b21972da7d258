// How many baskets hold each candidate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/baskets.hpp"
#include "algorithms/itemsets/set_trie.hpp"

namespace fullbase::itemsets {

/// Counts sets of a trie in baskets. Baskets walk down the trie many at a time: as bits, 64 or, where they are dense, 512; a node
/// is entered with those baskets that hold its beginning, and left alone where there are none. So no basket, however large, takes
/// more steps than there are nodes, and one takes few whose items occur in few candidates.
class CandidateCounter {
 public:
  /// `copies`: threads that have counters of their own; where fewer than there are threads, all share those of one.
  CandidateCounter(const SetTrie& candidates, std::int32_t items, int copies);

  /// Of so many candidates and items. Beside it add() takes 72 bytes an item on each thread.
  static std::int64_t bytes(std::int64_t candidates, std::int32_t items, int copies) noexcept {
    return 8 * candidates * copies + 5 * std::int64_t{items};
  }

  /// Counts each basket as often as its weight says. Safe from several threads.
  void add(const Baskets& baskets, int thread);

  /// By candidate. Afterwards nothing more is added.
  std::vector<std::int64_t> take();

 private:
  template <int words>
  class Walk;
  template <int words>
  void count(const Baskets& baskets, std::span<const std::int64_t> chosen, int thread);

  const SetTrie& candidates_;
  std::vector<std::int32_t> roots_;   ///< by item; -1: no candidate begins with it
  std::vector<std::uint8_t> occurs_;  ///< by item: 1 where a candidate has it
  std::int64_t items_occurring_ = 0;
  std::vector<std::vector<std::int64_t>> counts_;  ///< by thread, or of all
  bool shared_;
};

}  // namespace fullbase::itemsets
