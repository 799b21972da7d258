// Which itemsets say most of those who hold them.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/itemsets/set_index.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"

namespace fullbase::itemsets {

/// How strong an itemset is. P(S) is the share of the baskets that hold S, s_1, s_2, ... its items, rarest first.
enum class Strength : std::uint8_t {
  lift,      ///< P(S) / (P(s_1) P(s_2) ...); 1 where items are independent
  leverage,  ///< P(S) - P(s_1) P(s_2) ...
  count,     ///< baskets that hold S
  size,      ///< items of S
};

struct StrongSet {
  std::int32_t set;
  std::int32_t size;
  std::int64_t count;
  double strength;
};

/// The `top` strongest sets of at least `least_size` items, of equally strong ones the first, strongest first. `where`, bound to
/// the schema of `table`, which the sets were read of, says which may be among them; null: all. Not collective: every rank reads
/// the columns of `where`. Memory, from the budget while it works: 16 bytes a set.
std::vector<StrongSet> strongest_sets(const data::BlockSource& table, const SetIndex& sets, const data::BoundExpression* where,
                                      Strength by, std::int64_t least_size, std::int64_t top, data::Budget& budget);

}  // namespace fullbase::itemsets
