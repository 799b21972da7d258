// The table of frequent itemsets: what miners leave, and what rules, recommendations and behaviour classes read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/itemsets/found_sets.hpp"
#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/schema.hpp"

namespace fullbase::itemsets {

/// A row a set, in the order of FoundSets. Columns:
/// - items    string: the names of its items, rarest first, joined by the separator; only where names are asked for
/// - size     int64: how many items
/// - count    int64: baskets that hold all of them
/// - support  float64: count / baskets
/// - item     as the lines have it (category, int64, string; boolean): the item that this set has beside those of `rest`
/// - rest     int64, nullable: row of the set of the other items; missing for one item
/// An item's set has the row before all sets that it is the rarest item of, and `rest` is always an earlier row.
data::Schema sets_schema(const data::Field& item, bool names);

/// Writes that table from every rank's runs.
class SetsTable {
 public:
  /// Collective. `runs`: this rank's, ascending.
  SetsTable(comm::Communicator& communicator, const std::vector<SetRun>& runs, const FrequentItems& items,
            const prepare::ValueSlots& slots, const data::Field& item, std::int64_t baskets, bool names, std::string separator);

  std::int64_t rows() const noexcept { return rows_; }
  /// Of `items` and `item`, by column position, as writers of tables want them.
  const std::vector<std::int32_t>& string_widths() const noexcept { return widths_; }

  /// Collective. Every rank writes its canonical blocks. In rounds of a bounded number of rows; each row is sent at most once.
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;

 private:
  std::int64_t rows_ = 0;
  std::vector<std::int32_t> widths_;
};

}  // namespace fullbase::itemsets
