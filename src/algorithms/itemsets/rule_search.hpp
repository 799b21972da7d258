// The rules of one itemset after another, in the order of the table of rules.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "algorithms/itemsets/rule_metrics.hpp"
#include "algorithms/itemsets/rules.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "algorithms/itemsets/subset_rows.hpp"

namespace fullbase::itemsets {

/// A rule by its sets; `parts` says which positions of the itemset are its consequent, see SubsetRows.
struct FoundRule {
  std::int32_t itemset = 0;
  std::int32_t antecedent = 0;
  std::int32_t consequent = 0;
  std::uint32_t parts = 0;
  RuleCounts counts = {};
};

/// What RuleOptions ask for, by item number: shared by the searches of all threads.
class RuleLimits {
 public:
  /// Throws a job-file error, the same on every rank, for an item that no set has, at "antecedent.any_of" and the like. `options`
  /// must outlive this.
  RuleLimits(const SetIndex& sets, const RuleOptions& options);

  bool admits_set(std::int64_t count) const noexcept { return count >= least_count_; }
  bool admits_confidence(double confidence) const noexcept { return confidence >= options_.confidence; }
  bool admits(const RuleCounts& counts) const noexcept {
    return (!options_.lift || lift(counts) >= *options_.lift) && (!options_.leverage || leverage(counts) >= *options_.leverage) &&
           (!options_.conviction || conviction(counts) >= *options_.conviction);
  }

  /// A side's limits on the items of a set, as masks of positions.
  struct Side {
    int longest = 0;
    bool any = false;  ///< whether one of `any_of` has to be there
    std::uint32_t any_of = 0;
    std::uint32_t none_of = 0;
    bool admits(std::uint32_t part) const noexcept {
      return std::popcount(part) <= longest && (part & none_of) == 0 && (!any || (part & any_of) != 0);
    }
  };
  Side antecedent(const SubsetRows& subsets) const noexcept { return side(antecedent_, subsets); }
  Side consequent(const SubsetRows& subsets) const noexcept { return side(consequent_, subsets); }

 private:
  struct Items {
    int longest = 0;
    bool any = false;
    std::vector<std::uint8_t> any_of;   ///< 1 or 0 an item
    std::vector<std::uint8_t> none_of;  ///< likewise
  };
  static Items items_of(const SetIndex& sets, const RuleSide& side, std::string_view where);
  static Side side(const Items& items, const SubsetRows& subsets) noexcept;

  const RuleOptions& options_;
  std::int64_t least_count_ = 1;
  Items antecedent_;
  Items consequent_;
};

/// Agrawal, Srikant 1994, ap-genrules, depth first: a consequent takes in one more item, a more frequent one than its own, only
/// where both it and the same with its last item exchanged for the new one have the confidence, since a longer consequent has a
/// shorter antecedent, in more baskets, and so no more confidence (rounding once keeps that order). Consequents come in the order
/// of their sets. Memory: SubsetRows.
class RuleSearch {
 public:
  RuleSearch(const SetIndex& sets, const RuleLimits& limits) : sets_(sets), limits_(limits), subsets_(sets) {}

  /// Calls found(rule) for each rule of a set. Sets in ascending order are cheapest.
  template <class F>
  void rules_of(std::int32_t itemset, F&& found) {
    counts_.both = sets_.count(itemset);
    if (sets_.size(itemset) < 2 || !limits_.admits_set(counts_.both)) return;
    subsets_.move_to(itemset);
    antecedent_ = limits_.antecedent(subsets_);
    consequent_ = limits_.consequent(subsets_);
    counts_.baskets = sets_.baskets();
    itemset_ = itemset;
    extend(0, subsets_.whole() & ~consequent_.none_of, found);
  }

 private:
  template <class F>
  void extend(std::uint32_t consequent, std::uint32_t candidates, F& found) {
    const bool goes_on = std::popcount(consequent) + 1 < consequent_.longest;
    std::uint32_t confident = 0;
    // The most frequent item first.
    while (candidates != 0) {
      const auto item = std::bit_floor(candidates);
      candidates ^= item;
      const auto parts = consequent | item;
      const auto others = subsets_.whole() ^ parts;
      if (others == 0) continue;
      const auto antecedent = subsets_.row(others);
      counts_.antecedent = sets_.count(antecedent);
      if (!limits_.admits_confidence(confidence(counts_))) continue;
      if (antecedent_.admits(others) && consequent_.admits(parts)) report(antecedent, parts, found);
      if (goes_on) extend(parts, confident, found);
      confident |= item;
    }
  }

  template <class F>
  void report(std::int32_t antecedent, std::uint32_t parts, F& found) {
    const auto consequent = subsets_.row(parts);
    auto counts = counts_;
    counts.consequent = sets_.count(consequent);
    if (limits_.admits(counts)) found(FoundRule{itemset_, antecedent, consequent, parts, counts});
  }

  const SetIndex& sets_;
  const RuleLimits& limits_;
  SubsetRows subsets_;
  std::int32_t itemset_ = 0;
  RuleCounts counts_ = {};
  RuleLimits::Side antecedent_ = {};
  RuleLimits::Side consequent_ = {};
};

}  // namespace fullbase::itemsets
