// Each customer's strongest itemset: a behaviour class to join with value and needs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/itemsets/customer_baskets.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "algorithms/itemsets/strongest_sets.hpp"
#include "comm/communicator.hpp"
#include "data/batch.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"
#include "data/schema.hpp"
#include "data/spill.hpp"

namespace fullbase::itemsets {

struct GroupOptions {
  Strength by = Strength::lift;
  std::int64_t top = 20;         ///< sets that make groups at most
  std::int64_t least_size = 2;   ///< items of these sets at least
  std::string separator = ", ";  ///< between the items of a group's name
  std::string otherwise = "otherwise";
};

/// A row a customer who has a line that takes part, in order:
///   <customer>  the key: a string where the lines have a category
///   group       category: the items of the set, rarest first, or `otherwise`
///   itemset     int64, row of the table of sets; missing for `otherwise`, as all that follows
///   size        int64, items of the set
///   lift, leverage (float64) or count (int64): what groups go by; nothing for size
data::Schema itemset_groups_schema(const data::Field& customer, Strength by);
/// A row a group, strongest first, `otherwise` last: group (string), itemset, size, the strength, customers (int64), share
/// (float64, of all customers; missing where there are none). Groups without customers too.
data::Schema groups_schema(Strength by);

/// The `top` strongest sets of at least `least_size` items are the groups, of equally strong ones those of the first rows. A
/// customer is in the strongest one all of whose items they bought. The same reading of lines as RuleRecommendations.
///
/// Memory: 16 bytes a set while groups are chosen; ContainedSets of the groups, ItemValues, CustomerBaskets, CustomerRows of 16
/// bytes a customer; 4 bytes an item a thread. Cost: for each customer the search of ContainedSets.
class ItemsetGroups {
 public:
  /// Collective. `where`, bound to the schema of `table`, says which sets may make groups; null: all. `sets` were read of
  /// `table`. Throws the same error on every rank, a job-file error for two groups of one name. `lines`, budget and spill outlive
  /// this.
  ItemsetGroups(comm::Communicator& communicator, const data::BlockSource& table, const SetIndex& sets,
                const data::BoundExpression* where, const CustomerLines& lines, const GroupOptions& options, data::Budget& budget,
                data::Spill& spill);
  ~ItemsetGroups();
  ItemsetGroups(const ItemsetGroups&) = delete;
  ItemsetGroups& operator=(const ItemsetGroups&) = delete;

  // The same on every rank.
  std::int64_t rows() const noexcept;       ///< customers
  std::int64_t otherwise() const noexcept;  ///< customers in no group
  std::int64_t groups() const noexcept;     ///< without `otherwise`
  std::int64_t passes() const noexcept;     ///< over the lines
  const BasketFacts& facts() const noexcept;

  /// What the writer of the customers wants, by column.
  std::vector<data::DictionaryPointer> dictionaries() const;
  std::vector<std::int32_t> string_widths() const;

  /// Collective. Writes the customers to a sink of rows().
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;
  /// The table of the groups.
  data::Batch groups_table() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace fullbase::itemsets
