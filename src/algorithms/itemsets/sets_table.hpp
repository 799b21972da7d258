// The table of frequent itemsets: what miners leave, and what rules, recommendations and behaviour classes read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "algorithms/itemsets/found_sets.hpp"
#include "algorithms/itemsets/frequent_items.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "comm/communicator.hpp"
#include "data/block_sink.hpp"
#include "data/dictionary.hpp"
#include "data/schema.hpp"

namespace fullbase::itemsets {

class SetRows;
class SetNames;

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
  /// Collective. `runs`: this rank's, ascending; they must outlive this. Every rank learns where its runs lie in the table: sends
  /// 16 bytes a run, and holds those of all ranks meanwhile (there are no more of them than frequent pairs and items). Memory
  /// then: 8 bytes a run, 32 a frequent item with its name and value, and 16 bytes for each item of the set before every
  /// 1,024th row.
  SetsTable(comm::Communicator& communicator, const std::vector<SetRun>& runs, const FrequentItems& items,
            const prepare::ValueSlots& slots, const data::Field& item, std::int64_t baskets, bool names, std::string separator);
  ~SetsTable();
  SetsTable(SetsTable&&) noexcept;

  std::int64_t rows() const noexcept;
  /// By column position, as writers of tables want them: of `items` and `item` where they are texts.
  const std::vector<std::int32_t>& string_widths() const noexcept { return widths_; }
  /// By column position: of `item`, where it is a category, the frequent items; else null.
  const std::vector<data::DictionaryPointer>& dictionaries() const noexcept { return dictionaries_; }

  /// Collective. Every rank writes its canonical blocks, on its threads. In rounds of about a million rows over all ranks: 16
  /// bytes a row that lies on another rank, and for each run, and each block in it, 16 bytes and 16 more for each item but the
  /// last of the set that it begins with. Names do not travel: an owner joins them. Memory: those of a round's rows that this
  /// rank has, those that it owns, a block a thread.
  void write(comm::Communicator& communicator, data::BlockSink& sink) const;

 private:
  data::Schema schema_;
  std::int64_t baskets_ = 0;
  bool names_wanted_ = false;
  std::unique_ptr<SetNames> names_;
  std::unique_ptr<SetRows> rows_;
  std::vector<std::int32_t> widths_;
  std::vector<data::DictionaryPointer> dictionaries_;
};

}  // namespace fullbase::itemsets
