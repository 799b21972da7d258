// The occurrences of classes among the baskets of one rank.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/itemsets/basket_store.hpp"
#include "algorithms/itemsets/class_outlines.hpp"
#include "algorithms/itemsets/occurrences.hpp"
#include "data/budget.hpp"

namespace fullbase::itemsets {

/// How often the items of this rank's baskets occur, by the bits of the baskets' weights: the rows that their classes take here.
class OccurrenceCounts {
 public:
  /// Not collective; one pass. Memory, from the budget: 8 bytes an item and bit of the greatest weight, and while it is made
  /// as much for each thread.
  OccurrenceCounts(const BasketStore& baskets, std::int32_t items, data::Budget& budget);

  int shifts() const noexcept { return shifts_; }
  /// Rows of weight 2^shift in the class of an item.
  std::int64_t rows(std::int32_t item, int shift) const noexcept {
    return rows_[static_cast<std::size_t>(item) * static_cast<std::size_t>(shifts_) + static_cast<std::size_t>(shift)];
  }
  /// Words that these rows take while threads fill them, each word one thread's.
  std::int64_t words(std::int32_t item, int shift) const noexcept;

  /// Bytes of local_occurrences() for one class, at most, and of what its threads know of it while they fill it.
  std::int64_t bytes(const ClassOutline& outline) const noexcept;

 private:
  int shifts_ = 1;
  data::Reservation memory_;
  std::vector<std::int64_t> rows_;
};

/// This rank's rows of each class, columns in the order of the class's items. Threads share the baskets. Not collective. Which
/// form a class has (ClassOutline::as_lists) is the same on every rank. The order of rows is any. Memory:
/// OccurrenceCounts::bytes(); where the budget has room for a table of the items of every class, 4 bytes each, it is used and
/// given back.
std::vector<Occurrences> local_occurrences(const BasketStore& baskets, std::span<const ClassOutline> classes,
                                           const OccurrenceCounts& counts, std::int32_t items, data::Budget& budget);

}  // namespace fullbase::itemsets
