// Baskets from a table of lines: a row an item that was bought.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "algorithms/itemsets/baskets.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "algorithms/tables/group_keys.hpp"
#include "algorithms/tables/keyed_lines.hpp"
#include "base/time.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"

namespace fullbase::itemsets {

/// Which columns make baskets.
struct BasketColumns {
  int item = 0;                  ///< boolean, int64, category or string
  std::vector<int> keys;         ///< lines that agree in all of them are one basket (or, with `within`, of one customer)
  std::optional<int> time = {};  ///< timestamp or date; lines at or after as_of are left out, and so are lines without a time
  base::TimeZone zone = {};      ///< in which dates begin
  std::int64_t within = 0;       ///< microseconds; > 0: a basket takes the lines of a key less than so long after its first line,
                                 ///< the next line begins the next basket; 0: all lines of a key are one basket
  bool wants_keys = false;       ///< whether Baskets::keys are given
};

/// What was read, summed over all ranks.
struct BasketFacts {
  std::int64_t lines = 0;           ///< in baskets, repeated ones included
  std::int64_t baskets = 0;         ///< empty ones included
  std::int64_t empty_baskets = 0;   ///< whose lines all miss the item
  std::int64_t longest_basket = 0;  ///< most different items in one
  std::int64_t repeated = 0;        ///< lines whose item stood in their basket already
  std::int64_t missing_items = 0;   ///< lines without an item: they keep their basket in being, and count for nothing else
  // Lines left out:
  std::int64_t filtered = 0;
  std::int64_t missing_keys = 0;
  std::int64_t missing_times = 0;
  std::int64_t after_as_of = 0;

  void add(const BasketFacts& other) noexcept;
  void add(const tables::LeftOut& lines_left_out) noexcept;
  friend bool operator==(const BasketFacts&, const BasketFacts&) = default;
};

/// How keys are cut where lines lie in any order. A share is a range of keys that one thread brings in order at a time. Pass p
/// has shares [p, p + 1) * ranks * each, of which rank r has the run [r, r + 1) * each.
struct KeyRanges {
  std::vector<std::uint64_t> firsts = {};  ///< the lowest key of each share, and the end of all; ascending
  std::int64_t each = 1;                   ///< shares of a rank in a pass
  std::int64_t passes = 1;
};

class BasketLineReader;

/// Reads baskets in the order of their keys: ranks hold runs of keys that ascend with the rank, within each pass.
///
/// A table whose lines come in ascending order of their keys is read as it lies: every rank takes the baskets that begin among
/// its rows, and reads on to the end of the last one; nothing is sent. Any other table is shuffled by key: each line that changes
/// rank is sent once (16 bytes, 24 with `within`), in passes over ranges of the keys where the budget has no room for all lines
/// at once. Both give the same baskets.
/// Memory: lying in order, a batch of lines and its baskets a thread; shuffled, twice 16 or 24 bytes a line of a pass that is
/// read or received here, from the budget, where one pass takes about 3/8 of what was left when the reader was made, but at least
/// 1 MiB and the lines of one key.
class BasketReader {
 public:
  /// Collective. Reads the key columns once, and the time and the columns of `where` with them; three times where lines lie in
  /// any order or keys are whole numbers. What is passed must outlive this. Throws an input error, known to all, for more
  /// baskets' keys than tables::GroupKeys can number.
  BasketReader(comm::Communicator& communicator, const data::BlockSource& source, const data::BoundExpression* where,
               BasketColumns columns, const prepare::ValueSlots& items, std::optional<std::int64_t> as_of, data::Budget& budget);

  const tables::GroupKeys& keys() const noexcept { return keys_; }
  bool lies_in_order() const noexcept { return in_order_; }
  std::int64_t passes() const noexcept { return shares_.passes; }

  /// Collective. Calls consume(baskets, pass, piece, thread) for runs of this rank's baskets, from several threads at once; runs
  /// ordered by (pass, piece) are in the order of the keys. Baskets of one key, with `within`, never stand in two runs. What
  /// consume throws is thrown on every rank. May be called again.
  using Consumer = std::function<void(Baskets&& baskets, std::int64_t pass, std::int64_t piece, int thread)>;
  BasketFacts for_each(const Consumer& consume) const;

 private:
  /// Lines that scan() hands out at a time: the keys of the first and the last of them that take part, of the last one before and
  /// the first one behind, on whichever rank; missing_code where there is none.
  struct RowGroup {
    std::uint64_t first = tables::missing_code;
    std::uint64_t last = tables::missing_code;
    std::uint64_t before = tables::missing_code;
    std::uint64_t next = tables::missing_code;
  };
  std::int64_t look_at_order();
  Baskets read_group(const BasketLineReader& reader, std::int64_t group, BasketFacts& facts) const;

  comm::Communicator& communicator_;
  const data::BlockSource& source_;
  const data::BoundExpression* where_;
  BasketColumns columns_;
  const prepare::ValueSlots& items_;
  std::optional<std::int64_t> as_of_;
  data::Budget& budget_;
  tables::GroupKeys keys_;
  BasketFacts left_out_;  ///< of this rank
  bool in_order_ = false;
  std::vector<RowGroup> groups_;  ///< of this rank
  KeyRanges shares_;              ///< where lines are not in order
};

}  // namespace fullbase::itemsets
