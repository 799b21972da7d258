#include "algorithms/itemsets/set_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/size.hpp"

namespace fullbase::itemsets {

data::Reservation require_whole(data::Budget& budget, std::int64_t bytes, const char* purpose) {
  if (auto reservation = budget.try_reserve(bytes)) return std::move(*reservation);
  throw base::job_file_error(
      fmt::format("{} take {} of memory, on every rank; {} of {} is left", purpose, base::format_bytes(bytes),
                  base::format_bytes(budget.available()), base::format_bytes(budget.limit())),
      {}, "raise resources.memory_per_rank, or have fewer itemsets (a greater support) or rules");
}

std::vector<std::int32_t> SetIndex::items_of(std::int32_t row) const {
  std::vector<std::int32_t> items;
  for (; row >= 0; row = rest(row)) items.push_back(item(row));
  std::ranges::reverse(items);
  return items;
}

void SetIndex::append_text(std::int32_t row, std::string_view separator, std::string& text) const {
  if (rest(row) >= 0) {
    append_text(rest(row), separator, text);
    text += separator;
  }
  text += name(item(row));
}

std::int32_t SetIndex::with(std::int32_t row, std::int32_t item) const noexcept {
  const auto* const items = next_items_.data();
  const auto* const last = items + starts_[static_cast<std::size_t>(row) + 1];
  const auto* const found = std::lower_bound(items + starts_[static_cast<std::size_t>(row)], last, item);
  return found == last || *found != item ? -1 : next_rows_[static_cast<std::size_t>(found - items)];
}

std::int32_t SetIndex::find(std::span<const std::int32_t> items) const noexcept {
  auto row = single(items.front());
  for (std::size_t i = 1; i < items.size() && row >= 0; ++i) row = with(row, items[i]);
  return row;
}

}  // namespace fullbase::itemsets
