// Which of many itemsets a basket holds.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/set_index.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// Sets to look for in baskets, as a tree in which a set lies below the set that it begins with. Only the wanted sets and those
/// that they begin with are in it. Safe to use from several threads.
///
/// Memory: 12 bytes a set in the tree and 4 an item, from the budget; 9 a set of the whole table more while it is made.
///
/// Cost of a basket of b items: each set s that it holds and that is in the tree has c sets below it; the search takes
/// min(c, b log2(c)) steps there: it looks either at the c sets, for each whether the basket has its item, or at those items of
/// the basket that can follow, for each whether there is a set. So a small basket does not pay for the many sets below an item,
/// a basket of thousands of items does not pay for pairs of its items that are no sets, and no basket costs more than one step
/// a set of the tree, 2 an item of its own.
class ContainedSets {
 public:
  /// Sets by row of their table: `rest[s]` is the row, an earlier one, of the set that s begins with (all of its items but the
  /// last one), -1 where s has one item; `last[s]` is its last item, in [0, items), a lower number than the last one of its rest.
  /// No two sets are equal. `labels[s]`: what the search calls s, at least 0; -1: s is not wanted.
  ContainedSets(std::span<const std::int32_t> rest, std::span<const std::int32_t> last, std::span<const std::int32_t> labels,
                std::int32_t items, data::Budget& budget);
  /// Of a whole table of sets. Memory while it is made: 8 bytes a set more.
  ContainedSets(const SetIndex& sets, std::span<const std::int32_t> labels, data::Budget& budget);

  /// Sets in the tree.
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(labels_.size()); }

  /// What a thread needs to search. Memory: 4 bytes an item, 20 an item of the longest set.
  class Search {
   public:
    explicit Search(const ContainedSets& sets) : sets_(sets), places_(static_cast<std::size_t>(sets.items_), -1) {}

    /// Calls found(label) for every wanted set all of whose items are in `basket`: items that ascend, each once. Equal baskets
    /// give equal calls; a set comes before those that begin with it.
    template <class F>
    void for_each(std::span<const std::int32_t> basket, F&& found) {
      for (std::size_t place = 0; place < basket.size(); ++place)
        places_[static_cast<std::size_t>(basket[place])] = static_cast<std::int32_t>(place);
      go_below(-1, static_cast<std::int32_t>(basket.size()));
      while (!levels_.empty()) {
        const Reached reached = next(levels_.back(), basket);
        if (reached.node < 0) {
          levels_.pop_back();
          continue;
        }
        const std::int32_t label = sets_.labels_[static_cast<std::size_t>(reached.node)];
        if (label >= 0) found(label);
        go_below(reached.node, reached.place);
      }
      for (const std::int32_t item : basket) places_[static_cast<std::size_t>(item)] = -1;
    }

   private:
    /// Sets below one that the basket has, as far as they were looked at.
    struct Level {
      std::int32_t first, last;  ///< nodes
      std::int32_t left;         ///< the basket's first so many items can follow
      std::int32_t at;           ///< the next node, or the next place in the basket
      bool by_items;
    };
    struct Reached {
      std::int32_t node;   ///< whose items the basket has; -1: no more
      std::int32_t place;  ///< of its last item in the basket
    };

    void go_below(std::int32_t node, std::int32_t left) {
      const std::int32_t first = sets_.first_below(node);
      const std::int32_t last = sets_.first_below(node + 1);
      if (first == last || left == 0) return;
      const auto below = static_cast<std::uint32_t>(last - first);
      const bool by_items = below > static_cast<std::uint64_t>(left) * static_cast<std::uint64_t>(std::bit_width(below));
      levels_.push_back({first, last, left, by_items ? 0 : first, by_items});
    }

    Reached next(Level& level, std::span<const std::int32_t> basket) const noexcept {
      if (!level.by_items) {
        while (level.at < level.last) {
          const std::int32_t node = level.at++;
          const std::int32_t place = places_[static_cast<std::size_t>(sets_.last_[static_cast<std::size_t>(node)])];
          if (place >= 0) return {node, place};
        }
        return {-1, 0};
      }
      const auto nodes = std::span(sets_.last_)
                             .subspan(static_cast<std::size_t>(level.first), static_cast<std::size_t>(level.last - level.first));
      while (level.at < level.left) {
        const std::int32_t place = level.at++;
        const std::int32_t item = basket[static_cast<std::size_t>(place)];
        const auto found = std::ranges::lower_bound(nodes, item);
        if (found != nodes.end() && *found == item)
          return {level.first + static_cast<std::int32_t>(found - nodes.begin()), place};
      }
      return {-1, 0};
    }

    const ContainedSets& sets_;
    std::vector<std::int32_t> places_;  ///< by item: where it stands in the basket, -1: nowhere
    std::vector<Level> levels_;
  };

 private:
  void build(std::span<const std::int32_t> rest, std::span<const std::int32_t> last, std::span<const std::int32_t> labels,
             data::Budget& budget);
  /// Of node -1, the empty set, on: nodes below a node are [first_below(node), first_below(node + 1)).
  std::int32_t first_below(std::int32_t node) const noexcept { return starts_[static_cast<std::size_t>(node + 1)]; }

  std::int32_t items_ = 0;
  data::Reservation memory_;
  // By node, level by level, so that those below one node stand together; their items ascend.
  std::vector<std::int32_t> last_;
  std::vector<std::int32_t> labels_;
  std::vector<std::int32_t> starts_;  ///< by node + 1
};

}  // namespace fullbase::itemsets
