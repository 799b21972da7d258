// For every customer what the rules recommend: who bought these buys those.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/itemsets/customer_baskets.hpp"
#include "algorithms/itemsets/rules.hpp"
#include "algorithms/itemsets/set_index.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/schema.hpp"
#include "data/spill.hpp"

namespace fullbase::itemsets {

struct RecommendOptions {
  Metric by = Metric::confidence;
  std::int64_t top = 5;  ///< items a customer at most
};

/// A rule fires for a customer who bought its whole antecedent. It recommends the items of its consequent that the customer did
/// not buy; an item that several rules recommend comes from the best of them, the one with the greatest `by`, of equal ones that
/// of the first row. Items of one rule come in the order of their values. A row a recommendation, customers in order:
///   <customer>  as the lines have it
///   rank        int64, from 1
///   <item>      as the lines have it, of the items that are in sets
///   rule        int64, row of the table of rules
///   confidence, lift, support   float64, the rule's; and `by`, where that is another one
data::Schema recommendations_schema(const data::Field& customer, const data::Field& item, Metric by);
/// A row a customer who has a line that takes part:
///   <customer>   the key: a string where the lines have a category
///   items        int64, different items bought, those that no set knows too
///   fired        int64, rules whose antecedent was bought
///   recommended  int64, rows in the other table
data::Schema recommended_customers_schema(const data::Field& customer);

/// Lines are read once, by CustomerBaskets, in passes where memory asks for it; what comes out lies in CustomerRows until it is
/// written. Every rank holds the rules; sets are needed while this is made alone.
///
/// Memory: RuleOffers, ItemValues, CustomerBaskets, CustomerRows of 24 bytes a recommendation and a customer; 8 bytes an item a
/// thread. Cost: for each customer the search of ContainedSets and, for each rule that fires, the items of its consequent.
class RuleRecommendations {
 public:
  /// Collective. Throws the same error on every rank: what RuleOffers and ItemValues throw. `lines`, budget and spill outlive
  /// this.
  RuleRecommendations(comm::Communicator& communicator, const data::BlockSource& rules, const SetIndex& sets,
                      const CustomerLines& lines, const RecommendOptions& options, data::Budget& budget, data::Spill& spill);
  ~RuleRecommendations();
  RuleRecommendations(const RuleRecommendations&) = delete;
  RuleRecommendations& operator=(const RuleRecommendations&) = delete;

  // The same on every rank.
  std::int64_t rows() const noexcept;       ///< recommendations
  std::int64_t customers() const noexcept;  ///< with a line that takes part
  std::int64_t served() const noexcept;     ///< customers with a recommendation
  std::int64_t rules() const noexcept;
  std::int64_t passes() const noexcept;  ///< over the lines
  const BasketFacts& facts() const noexcept;

  /// What writers of the two tables want, by column.
  std::vector<data::DictionaryPointer> dictionaries() const;
  std::vector<std::int32_t> string_widths() const;
  std::vector<std::int32_t> customers_string_widths() const;

  /// Collective. Writes to sinks of rows(), of customers() rows.
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;
  void write_customers(comm::Communicator& communicator, data::BlockSink& sink) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace fullbase::itemsets
