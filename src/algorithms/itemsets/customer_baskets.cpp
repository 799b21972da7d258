#include "algorithms/itemsets/customer_baskets.hpp"

#include <algorithm>
#include <utility>

#include "comm/agreement.hpp"

namespace fullbase::itemsets {
namespace {

BasketColumns columns_of(const CustomerLines& lines) {
  BasketColumns columns;
  columns.item = lines.item;
  columns.keys = {lines.customer};
  columns.time = lines.time;
  columns.zone = lines.zone;
  columns.wants_keys = true;
  return columns;
}

}  // namespace

CustomerBaskets::CustomerBaskets(comm::Communicator& communicator, const CustomerLines& lines, const ItemValues& items,
                                 data::Budget& budget)
    : slots_(prepare::ValueSlots::build(communicator, *lines.source, lines.item, budget)),
      memory_(comm::collective_try(communicator, "items of the lines",
                                   [&] { return budget.require(4 * std::int64_t{slots_.size()}, "the items of the lines"); })),
      items_(comm::collective_try(communicator, "items of the lines", [&] { return items.items_of_slots(slots_); })),
      reader_(communicator, *lines.source, lines.where, columns_of(lines), slots_, lines.as_of, budget) {}

BasketFacts CustomerBaskets::for_each(const std::function<void(const Piece& piece)>& consume) const {
  return reader_.for_each([&](Baskets&& baskets, std::int64_t pass, std::int64_t piece, int thread) {
    std::vector<std::int32_t> bought(static_cast<std::size_t>(baskets.size()));
    // Known items take the place of all, front to back: there are no more of them.
    std::uint32_t end = 0;
    for (std::int64_t b = 0; b < baskets.size(); ++b) {
      const auto slots = baskets[b];
      bought[static_cast<std::size_t>(b)] = static_cast<std::int32_t>(slots.size());
      const std::uint32_t begin = end;
      for (const std::int32_t slot : slots) {
        const std::int32_t item = items_[static_cast<std::size_t>(slot)];
        if (item >= 0) baskets.items[end++] = item;
      }
      std::sort(baskets.items.begin() + begin, baskets.items.begin() + end);
      baskets.starts[static_cast<std::size_t>(b)] = begin;
    }
    baskets.starts.back() = end;
    consume({.known = std::move(baskets), .bought = bought, .pass = pass, .piece = piece, .thread = thread});
  });
}

CustomerColumn::CustomerColumn(const CustomerLines& lines, const tables::GroupKeys& keys)
    : field_(field(lines.source->schema()[lines.customer])), keys_(keys), dictionary_(lines.source->dictionary(lines.customer)) {}

data::Field CustomerColumn::field(const data::Field& customer) {
  data::Field field = customer;
  field.nullable = false;
  return field;
}

data::Column CustomerColumn::column(std::span<const std::uint64_t> codes) const {
  if (field_.type != data::Type::category) return std::move(keys_.columns(codes).front());
  // The code of one key of categories is the category's.
  return {field_, std::vector<std::int32_t>(codes.begin(), codes.end()), {}, dictionary_};
}

}  // namespace fullbase::itemsets
