#include "algorithms/itemsets/basket_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "algorithms/prepare/instants.hpp"

namespace fullbase::itemsets {

using tables::missing_code;

BasketLineReader::BasketLineReader(const data::BlockSource& source, const data::BoundExpression* where,
                                   const BasketColumns& columns, const tables::GroupKeys& keys, const prepare::ValueSlots* items,
                                   std::optional<std::int64_t> as_of)
    : source_(source), where_(where), basket_(columns), keys_(keys), items_(items), as_of_(as_of), columns_(columns.keys) {
  if (columns.time) columns_.push_back(*columns.time);
  if (items != nullptr) columns_.push_back(columns.item);
  if (where != nullptr) columns_.insert(columns_.end(), where->columns().begin(), where->columns().end());
  std::sort(columns_.begin(), columns_.end());
  columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
}

const data::Column& BasketLineReader::column(const data::Batch& batch, int position) const {
  return batch[static_cast<std::size_t>(std::ranges::find(columns_, position) - columns_.begin())];
}

void BasketLineReader::read(const data::Batch& batch, BasketLines& lines) const {
  lines.left_out = {};
  lines.times = {};
  lines.items = {};
  keys_.codes_of(batch, columns_, lines.codes);
  auto& codes = lines.codes;
  if (where_ != nullptr) {
    lines.taking_part_.assign(codes.size(), 0);
    const auto selected = where_->select(batch, columns_);
    for (const std::int32_t row : selected) lines.taking_part_[static_cast<std::size_t>(row)] = 1;
    std::int64_t missing = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (lines.taking_part_[i] == 0) {
        codes[i] = missing_code;
      } else {
        missing += codes[i] == missing_code;
      }
    }
    lines.left_out.filtered = std::ssize(codes) - std::ssize(selected);
    lines.left_out.missing_keys = missing;
  } else {
    lines.left_out.missing_keys = std::ranges::count(codes, missing_code);
  }
  if (basket_.time) leave_out_by_time(batch, lines);
  if (items_ != nullptr) lines.items = items_->slots_of(column(batch, basket_.item), lines.items_);
}

void BasketLineReader::leave_out_by_time(const data::Batch& batch, BasketLines& lines) const {
  auto& codes = lines.codes;
  const data::Column& times = column(batch, *basket_.time);
  // A date that is no time can fail only where the line would take part.
  lines.taking_part_.resize(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) lines.taking_part_[i] = codes[i] != missing_code;
  lines.times = prepare::instants(
      times, basket_.zone, lines.taking_part_,
      [&](std::size_t row) {
        return fmt::format("{}.{}[{}]", source_.name(), times.field().name,
                           source_.source_row(batch.rows.first + static_cast<std::int64_t>(row)));
      },
      lines.times_);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] == missing_code) continue;
    const bool missing = lines.times[i] == data::missing_int64;
    if (!missing && !(as_of_ && lines.times[i] >= *as_of_)) continue;
    ++(missing ? lines.left_out.missing_times : lines.left_out.after_as_of);
    codes[i] = missing_code;
  }
}

}  // namespace fullbase::itemsets
