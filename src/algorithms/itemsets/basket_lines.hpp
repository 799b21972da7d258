// The lines of a table as baskets see them: whose each is, what was bought, when.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/itemsets/basket_reader.hpp"
#include "algorithms/prepare/value_slots.hpp"
#include "algorithms/tables/group_keys.hpp"
#include "algorithms/tables/keyed_lines.hpp"
#include "data/batch.hpp"
#include "data/block_source.hpp"
#include "data/expression.hpp"

namespace fullbase::itemsets {

/// The lines of one batch, a row each: with what was bought.
struct BasketLines : tables::KeyedLines {
  std::span<const std::int32_t> items;  ///< slots; -1: none. In the batch or in a buffer here; empty where nobody asked

 private:
  friend class BasketLineReader;
  std::vector<std::int32_t> items_;
};

/// Reads batches as BasketLines. Safe to use from several threads. Keeps what is passed by reference.
class BasketLineReader {
 public:
  /// Without `items`: codes and times alone.
  BasketLineReader(const data::BlockSource& source, const data::BoundExpression* where, const BasketColumns& columns,
                   const tables::GroupKeys& keys, const prepare::ValueSlots* items, std::optional<std::int64_t> as_of);

  /// Positions of the columns to read.
  const std::vector<int>& columns() const noexcept { return columns_; }
  /// `lines` is good while the batch is.
  void read(const data::Batch& batch, BasketLines& lines) const;

 private:
  tables::KeyedLineReader keyed_;
  int item_;
  const prepare::ValueSlots* items_;
  std::vector<int> columns_;
};

}  // namespace fullbase::itemsets
