#include "algorithms/itemsets/basket_lines.hpp"

namespace fullbase::itemsets {

BasketLineReader::BasketLineReader(const data::BlockSource& source, const data::BoundExpression* where,
                                   const BasketColumns& columns, const tables::GroupKeys& keys, const prepare::ValueSlots* items,
                                   std::optional<std::int64_t> as_of)
    : keyed_(source, keys, where, columns.time, columns.zone, as_of), item_(columns.item), items_(items) {
  keyed_.add_columns(columns_);
  if (items != nullptr) columns_.push_back(columns.item);
  tables::sort_once(columns_);
}

void BasketLineReader::read(const data::Batch& batch, BasketLines& lines) const {
  keyed_.read(batch, columns_, lines);
  lines.items = {};
  if (items_ != nullptr) lines.items = items_->slots_of(tables::column_of(batch, columns_, item_), lines.items_);
}

}  // namespace fullbase::itemsets
