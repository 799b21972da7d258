// The best rules by a metric, out of many that are found in any order, over all threads and ranks.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <vector>

#include "algorithms/itemsets/rule_search.hpp"
#include "comm/communicator.hpp"

namespace fullbase::itemsets {

/// A rule as it is ranked: the better the lower; of equal values that which comes first in the table of rules.
struct RankedRule {
  std::uint64_t key = 0;    ///< of the metric's value, greater values first
  std::uint64_t place = 0;  ///< itemset, then the consequent in the order of an itemset's rules

  RankedRule() = default;
  RankedRule(const FoundRule& rule, Metric by) noexcept;
  std::int32_t itemset() const noexcept { return static_cast<std::int32_t>(place >> 32); }
  /// FoundRule::parts.
  std::uint32_t parts() const noexcept;
  friend auto operator<=>(const RankedRule&, const RankedRule&) = default;
};

/// The best of what a rank's threads find. Memory: 32 bytes for each that is kept.
class BestRules {
 public:
  explicit BestRules(std::int64_t most) : most_(most) {}

  /// False for what is beaten by as many as are kept: need not be added.
  bool may_enter(const RankedRule& rule) const noexcept { return rule.key <= worst_.load(std::memory_order_relaxed); }
  /// Safe from several threads. `rules` is empty afterwards.
  void add(std::vector<RankedRule>& rules);
  /// The best, in order.
  std::vector<RankedRule> take();

 private:
  void drop_others();

  std::int64_t most_;
  std::mutex mutex_;
  std::vector<RankedRule> rules_;
  std::atomic<std::uint64_t> worst_ = std::numeric_limits<std::uint64_t>::max();
};

/// Collective. Of all ranks' rules, each rank's in order, the first `most`: in order over the ranks, which hold the rows of a
/// base::Partition. Sends 16 bytes for each that changes rank, and the reductions of comm::cut_positions twice. Memory: 96 bytes
/// for each of `most`.
std::vector<RankedRule> first_of_all(comm::Communicator& communicator, std::vector<RankedRule> rules, std::int64_t most);

}  // namespace fullbase::itemsets
