#include "algorithms/recommendation/side_keys.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace fullbase::recommendation {

SideKeys::SideKeys(prepare::KeySlots slots, const data::Field& field, std::span<const std::int32_t> entries, data::Budget& budget)
    : slots_(std::move(slots)), field_(prepare::KeySlots::key_field(field)) {
  const auto rows = std::ranges::count_if(entries, [](std::int32_t count) { return count > 0; });
  memory_ = budget.require(4 * std::ssize(entries) + 8 * rows, "the keys of a matrix's rows");
  row_of_slot_.assign(entries.size(), -1);
  slot_of_row_.reserve(static_cast<std::size_t>(rows));
  entries_.reserve(static_cast<std::size_t>(rows));
  std::int64_t longest = 0;
  for (std::size_t slot = 0; slot < entries.size(); ++slot) {
    if (entries[slot] == 0) continue;
    row_of_slot_[slot] = static_cast<std::int32_t>(slot_of_row_.size());
    slot_of_row_.push_back(static_cast<std::int32_t>(slot));
    entries_.push_back(entries[slot]);
    longest = std::max(longest, slots_.text_bytes(static_cast<std::int32_t>(slot)));
  }
  string_width_ = static_cast<std::int32_t>(longest);
}

std::vector<std::int32_t> SideKeys::rows_of(const data::Column& column) const {
  auto rows = slots_.find(column);
  for (auto& row : rows) row = row_of_slot(row);
  return rows;
}

data::Column SideKeys::keys(std::span<const std::int32_t> rows) const {
  std::vector<std::int32_t> slots;
  slots.reserve(rows.size());
  for (const auto row : rows) slots.push_back(slot_of_row_[static_cast<std::size_t>(row)]);
  return slots_.keys(field_, slots);
}

data::Column SideKeys::keys(base::RowRange rows) const {
  return slots_.keys(
      field_, std::span(slot_of_row_).subspan(static_cast<std::size_t>(rows.first), static_cast<std::size_t>(rows.size())));
}

}  // namespace fullbase::recommendation
