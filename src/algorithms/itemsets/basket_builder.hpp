// Baskets out of lines that come key by key.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/itemsets/baskets.hpp"
#include "algorithms/tables/group_keys.hpp"

namespace fullbase::itemsets {

/// Takes lines of which those of a key follow each other, in any order of items and times. Cost: a few instructions a line where
/// items of a basket ascend, a sort of the basket where not. Memory: the baskets; with `within` 16 bytes a line of one key more.
class BasketBuilder {
 public:
  BasketBuilder(std::int64_t within, bool wants_keys) : within_(within), wants_keys_(wants_keys) {}

  /// Makes room for so many lines.
  void reserve(std::int64_t lines) { baskets_.items.reserve(static_cast<std::size_t>(lines)); }

  /// The next line of key `code`; `item` -1: none.
  void add(std::uint64_t code, std::int32_t item) {
    if (code != code_) begin_key(code);
    add_item(item);
  }
  /// The same, with `within`.
  void add(std::uint64_t code, std::int32_t item, std::int64_t time) {
    if (code != code_) begin_key(code);
    times_ascend_ = times_ascend_ && (timed_.empty() || timed_.back().first <= time);
    timed_.emplace_back(time, item);
  }
  /// Whose lines come now; missing_code before the first.
  std::uint64_t key() const noexcept { return code_; }
  /// Brings the basket in work down to its different items where it has grown: it then takes at most twice their room.
  void compact();

  /// Ends the last basket and hands all of them over; counts what they are.
  Baskets take(BasketFacts& facts);

 private:
  void add_item(std::int32_t item) {
    if (item < 0) {
      ++facts_.missing_items;
      return;
    }
    ascends_ = ascends_ && item > last_;
    last_ = item;
    baskets_.items.push_back(item);
  }
  void begin_key(std::uint64_t code);
  void end_key();
  void end_basket();
  void settle();

  std::int64_t within_;
  bool wants_keys_;
  Baskets baskets_;
  BasketFacts facts_;
  std::uint64_t code_ = tables::missing_code;
  std::size_t first_ = 0;  ///< position of the first item of the basket in work
  std::int32_t last_ = -1;
  bool ascends_ = true;
  std::size_t compact_at_ = least_compacted;
  std::vector<std::pair<std::int64_t, std::int32_t>> timed_;  ///< lines of the key in work: time, item
  bool times_ascend_ = true;

  static constexpr std::size_t least_compacted = 1 << 17;
};

}  // namespace fullbase::itemsets
