// The frequent sets of one class, found in memory by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "algorithms/itemsets/found_sets.hpp"
#include "algorithms/itemsets/occurrences.hpp"
#include "algorithms/itemsets/set_allowance.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// Depth first, as Eclat (Zaki 2000): the columns of a set are those of its parent, kept to the rows that have the item added
/// (bits are put together again, so that every level has as few words as it has rows). Where what is left of a class is narrow
/// and full, its rows are counted by the pattern of bits that they have, and the counts of all subsets come from one pass of
/// additions over the patterns (the superset sums of Yates 1937). Pairs that were not frequent in a parent are not looked at in
/// its children.
///
/// Reuses its memory from call to call: the columns of a class at most twice at each of a few levels, since a level that keeps
/// most of the rows is no deeper than its columns are many. Not safe from several threads: one a thread.
class ClassMiner {
 public:
  ClassMiner(const MiningOptions& options, SetAllowance& allowance, data::Budget& budget);
  ~ClassMiner();

  /// Adds the set of `rarest` and column `child` of the class, and all frequent sets that begin with them, in their order. Throws
  /// TooManySets where the allowance ends.
  void mine(const OccurrenceClass& rows, std::int64_t child, FoundSets& into);
  /// An estimate of how many sets mine() would add over all children, from one path down the search tree (Knuth 1975), each child
  /// in proportion to what may lie below it; `at` in (0, 1) says which way it goes. Unbiased for an evenly drawn `at`. Cost: a
  /// few times columns^2 / 2 counts.
  double estimate(const OccurrenceClass& rows, double at);
  /// Adds one set that is known already, within the same allowance.
  void add(std::int32_t item, int size, std::int64_t count, FoundSets& into);

 private:
  struct Level;
  Level& level(std::size_t depth);
  /// Adds the set of `size` items that the columns of `rows` extend together with column `child`, and all that begin with it.
  /// `pairs`: those of `rows` where they may be written to, for children that come later: pairs found infrequent are taken out.
  void extend(const OccurrenceClass& rows, int size, PairBits* pairs, std::int64_t child, std::size_t depth, FoundSets& into);
  /// The columns before `child` that are frequent together with it.
  void keep_frequent(const BitColumns& occurrences, const OccurrenceClass& rows, std::int64_t child, Level& below) const;
  void keep_frequent(const RowLists& occurrences, const OccurrenceClass& rows, std::int64_t child, Level& below) const;
  /// Those columns' rows that have `child`.
  void narrow(const BitColumns& occurrences, std::int64_t child, Level& below);
  void narrow(const RowLists& occurrences, std::int64_t child, Level& below);
  void reserve(data::Reservation& memory, std::int64_t bytes);
  /// Makes `below` the extensions of column `child`, whose columns and counts it has already; `known`: which pairs may be
  /// frequent. Returns how many of them it has.
  std::int64_t descend(const OccurrenceClass& rows, const PairBits& known, std::int64_t child, Level& below);
  /// Counts by pattern what a level holds.
  void count_patterns(const Level& level);
  /// Whether that is expected to take less time than to search on.
  static bool prefers_patterns(const Level& level, std::int64_t edges, std::int64_t baskets);
  /// Calls found(column, items, count) for the frequent sets among counted patterns, in their order.
  template <class F>
  void for_each_pattern(const Level& level, F found) const;

  const MiningOptions options_;
  SetAllowance& allowance_;
  data::Budget& budget_;
  std::int64_t allowed_ = 0;
  std::vector<std::unique_ptr<Level>> levels_;
  std::vector<std::uint32_t> patterns_;
};

}  // namespace fullbase::itemsets
