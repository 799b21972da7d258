#include "algorithms/itemsets/item_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <compare>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "algorithms/tables/key_words.hpp"
#include "base/error.hpp"

namespace fullbase::itemsets {
namespace {

using data::Type;

std::int64_t number_of(std::string_view name) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size())
    throw base::input_error(fmt::format("the item '{}' of the sets is no whole number, as the lines have", name));
  return value;
}

data::Strings names_of(const SetIndex& sets) {
  data::Strings names;
  for (std::int32_t item = 0; item < sets.items(); ++item) names.push_back(sets.name(item));
  return names;
}

/// Items as codes of the categories that their names are.
data::Column as_categories(const data::Field& field, const SetIndex& sets, std::span<const std::int32_t> places) {
  data::Strings sorted;
  std::vector<std::int32_t> by_place(places.size());
  for (std::size_t item = 0; item < places.size(); ++item)
    by_place[static_cast<std::size_t>(places[item])] = static_cast<std::int32_t>(item);
  for (const std::int32_t item : by_place) sorted.push_back(sets.name(item));
  return {
      field, std::vector<std::int32_t>(places.begin(), places.end()), {}, std::make_shared<data::Dictionary>(std::move(sorted))};
}

/// The value of a slot against an item's.
std::strong_ordering compare(const prepare::ValueSlots& slots, std::int32_t slot, const data::Column& values, std::int64_t item) {
  const auto i = static_cast<std::size_t>(item);
  switch (values.field().type) {
    case Type::int64:
      return number_of(slots.text(slot)) <=> values.int64s()[i];
    case Type::boolean:
      return slot <=> std::int32_t{values.bools()[i]};
    default:
      return slots.text(slot) <=> values.text(item);
  }
}

}  // namespace

bool same_kind_of_item(const data::Field& a, const data::Field& b) noexcept {
  return prepare::ValueSlots::takes(a.type) && prepare::ValueSlots::takes(b.type) && tables::comparable(a, b);
}

ItemValues::ItemValues(const SetIndex& sets, const data::Field& field, data::Budget& budget) : field_(field) {
  field_.nullable = false;
  std::int64_t bytes = 0;
  for (std::int32_t item = 0; item < sets.items(); ++item) bytes += 28 + 2 * std::ssize(sets.name(item));
  memory_ = require_whole(budget, bytes, "the items of the itemsets");
  std::vector<std::int32_t> ascending(static_cast<std::size_t>(sets.items()));
  std::iota(ascending.begin(), ascending.end(), 0);
  places_.resize(ascending.size());
  const auto place = [&](auto value) {
    std::ranges::sort(ascending, {}, value);
    for (std::size_t i = 0; i < ascending.size(); ++i)
      places_[static_cast<std::size_t>(ascending[i])] = static_cast<std::int32_t>(i);
  };
  if (field_.type == Type::int64) {
    std::vector<std::int64_t> values;
    for (std::int32_t item = 0; item < sets.items(); ++item) values.push_back(number_of(sets.name(item)));
    place([&](std::int32_t item) { return values[static_cast<std::size_t>(item)]; });
    values_ = data::Column(field_, std::move(values));
    return;
  }
  place([&](std::int32_t item) { return sets.name(item); });
  if (field_.type == Type::category) {
    values_ = as_categories(field_, sets, places_);
  } else if (field_.type == Type::string) {
    values_ = data::Column(field_, names_of(sets));
  } else {
    std::vector<std::uint8_t> values;
    for (std::int32_t item = 0; item < sets.items(); ++item) values.push_back(sets.name(item) == "true" ? 1 : 0);
    values_ = data::Column(field_, std::move(values));
  }
}

data::Column ItemValues::column(std::span<const std::int32_t> items) const {
  data::Column column(field_, 0, values_.dictionary());
  for (const std::int32_t item : items) column.append_from(values_, item);
  return column;
}

std::int32_t ItemValues::string_width() const noexcept {
  std::int64_t width = 0;
  if (field_.type == Type::string) {
    for (std::int64_t item = 0; item < values_.rows(); ++item) width = std::max(width, std::ssize(values_.text(item)));
  }
  return static_cast<std::int32_t>(width);
}

std::vector<std::int32_t> ItemValues::items_of_slots(const prepare::ValueSlots& slots) const {
  std::vector<std::int32_t> items(static_cast<std::size_t>(slots.size()), -1);
  for (std::int32_t item = 0; item < size(); ++item) {
    std::int32_t slot = 0;
    for (std::int32_t last = slots.size(); slot < last;) {
      const std::int32_t middle = slot + (last - slot) / 2;
      if (compare(slots, middle, values_, item) < 0) {
        slot = middle + 1;
      } else {
        last = middle;
      }
    }
    if (slot < slots.size() && compare(slots, slot, values_, item) == 0) items[static_cast<std::size_t>(slot)] = item;
  }
  return items;
}

}  // namespace fullbase::itemsets
