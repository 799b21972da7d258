// What each customer bought, in the items of a table of sets.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/itemsets/baskets.hpp"
#include "algorithms/itemsets/item_values.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "base/time.hpp"
#include "comm/communicator.hpp"
#include "data/block_source.hpp"
#include "data/budget.hpp"
#include "data/expression.hpp"

namespace fullbase::itemsets {

/// Lines of purchases, all of which make a customer's basket.
struct CustomerLines {
  const data::BlockSource* source = nullptr;
  const data::BoundExpression* where = nullptr;  ///< lines that count; null: all
  int customer = 0;                              ///< positions of columns
  int item = 0;
  std::optional<int> time = {};  ///< lines at or after as_of are left out, and so are lines without a time
  std::optional<std::int64_t> as_of = {};
  base::TimeZone zone = {};  ///< in which dates begin
};

/// Reads baskets by customer, in the order of the customers. Memory: BasketReader's, prepare::ValueSlots of the lines' items, 4
/// bytes for each of these.
class CustomerBaskets {
 public:
  /// Collective. What is passed must outlive this.
  CustomerBaskets(comm::Communicator& communicator, const CustomerLines& lines, const ItemValues& items, data::Budget& budget);

  /// Some customers' baskets.
  struct Piece {
    Baskets known;                         ///< items of the sets, ascending; keys are codes of keys()
    std::span<const std::int32_t> bought;  ///< by basket: different items that the customer bought, those of no set too
    std::int64_t pass, piece;
    int thread;
  };

  const tables::GroupKeys& keys() const noexcept { return reader_.keys(); }
  std::int64_t passes() const noexcept { return reader_.passes(); }

  /// Collective, as BasketReader::for_each().
  BasketFacts for_each(const std::function<void(const Piece& piece)>& consume) const;

 private:
  prepare::ValueSlots slots_;
  data::Reservation memory_;
  std::vector<std::int32_t> items_;  ///< by slot
  BasketReader reader_;
};

/// The column of the customers behind codes of a key as results show it: a category where the lines have one, which takes less
/// room than its texts where customers have several rows.
class CustomerColumn {
 public:
  CustomerColumn(const CustomerLines& lines, const tables::GroupKeys& keys);

  static data::Field field(const data::Field& customer);
  data::Column column(std::span<const std::uint64_t> codes) const;
  const data::DictionaryPointer& dictionary() const noexcept { return dictionary_; }

 private:
  data::Field field_;
  const tables::GroupKeys& keys_;
  data::DictionaryPointer dictionary_;
};

}  // namespace fullbase::itemsets
