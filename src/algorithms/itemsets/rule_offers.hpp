// Association rules as what a customer is offered: for each antecedent, items with the best rule that gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/itemsets/contained_sets.hpp"
#include "algorithms/itemsets/rules.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"

namespace fullbase::itemsets {

/// Name of a metric's column in a table of rules.
const char* column_name(Metric metric) noexcept;

/// Throws a job-file error for a table that is not one of rules: which column it lacks, or has of another type.
void check_rules_schema(const data::Schema& rules);

/// A table of rules, whole on every rank. Rules are called by their place, the best first: the greatest `by`, of equal ones the
/// first row; NaN comes last. Safe to use from several threads.
/// Memory, from the budget: 8 bytes a rule, for each of its values and for each item of its consequent, 12 an antecedent, the
/// tree of ContainedSets; while they are read 20 bytes a rule and 12 for each item of its consequent more, 4 a set.
class RuleOffers {
 public:
  /// Not collective: every rank reads all rules. Throws an input error that names the first row that is no rule of these sets,
  /// one for 2^31 - 1 rules and more, and what check_rules_schema() throws. `metrics` are the values that are kept, `by` one of
  /// them.
  RuleOffers(const data::BlockSource& rules, const SetIndex& sets, Metric by, std::span<const Metric> metrics,
             data::Budget& budget);

  /// An item, and the best rule of an antecedent that has it in its consequent.
  struct Offer {
    std::int32_t item;
    std::int32_t place;
  };

  std::int64_t rules() const noexcept { return static_cast<std::int64_t>(rows_.size()); }
  /// Labels of the search are antecedents, 0 to as many as differ.
  const ContainedSets& antecedents() const noexcept { return *tree_; }
  std::span<const Offer> offers(std::int32_t antecedent) const noexcept {
    const auto i = static_cast<std::size_t>(antecedent);
    return std::span(offers_).subspan(starts_[i], starts_[i + 1] - starts_[i]);
  }
  /// Rules of an antecedent.
  std::int32_t rules_of(std::int32_t antecedent) const noexcept { return counts_[static_cast<std::size_t>(antecedent)]; }

  /// The row by which the user knows a rule.
  std::int64_t row(std::int32_t place) const noexcept { return rows_[static_cast<std::size_t>(place)]; }
  /// A metric by its position in `metrics`.
  double value(std::size_t metric, std::int32_t place) const noexcept { return values_[metric][static_cast<std::size_t>(place)]; }

 private:
  /// Rows of the sets.
  struct Sides {
    std::int32_t antecedent;
    std::int32_t consequent;
  };
  std::vector<Sides> read(const data::BlockSource& rules, const SetIndex& sets, std::span<const Metric> metrics);
  /// Of rules by place.
  void make_offers(std::span<const Sides> rules, const SetIndex& sets, data::Budget& budget);

  data::Reservation memory_;
  data::Reservation offers_memory_;
  std::vector<std::int64_t> rows_;
  std::vector<std::vector<double>> values_;
  std::vector<Offer> offers_;
  std::vector<std::size_t> starts_;
  std::vector<std::int32_t> counts_;
  std::optional<ContainedSets> tree_;
};

}  // namespace fullbase::itemsets
