#include "algorithms/itemsets/set_names.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "data/dictionary.hpp"

namespace fullbase::itemsets {

using data::Type;

SetNames::SetNames(const FrequentItems& items, const prepare::ValueSlots& slots, const data::Field& item, std::string separator)
    : field_(field(item)), separator_(std::move(separator)), names_(slots.texts(items.slots)) {
  if (field_.type == Type::category) {
    std::vector<std::int32_t> order(static_cast<std::size_t>(items.size()));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::int32_t number) { return names_[number]; });
    data::Strings sorted;
    codes_.resize(order.size());
    for (std::size_t code = 0; code < order.size(); ++code) {
      codes_[static_cast<std::size_t>(order[code])] = static_cast<std::int32_t>(code);
      sorted.push_back(names_[order[code]]);
    }
    dictionary_ = std::make_shared<const data::Dictionary>(std::move(sorted));
  } else if (field_.type == Type::boolean) {
    numbers_.assign(items.slots.begin(), items.slots.end());
  } else if (field_.type == Type::int64) {
    for (std::int32_t number = 0; number < items.size(); ++number) {
      const auto text = names_[number];
      std::from_chars(text.data(), text.data() + text.size(), numbers_.emplace_back());
    }
  }
}

data::Field SetNames::field(const data::Field& item) {
  auto field = item;
  field.name = "item";
  field.nullable = false;
  return field;
}

std::vector<std::int32_t> SetNames::name_bytes() const {
  std::vector<std::int32_t> bytes;
  for (std::int64_t number = 0; number < names_.size(); ++number)
    bytes.push_back(static_cast<std::int32_t>(names_[number].size()));
  return bytes;
}

data::Column SetNames::column(std::span<const std::int32_t> items) const {
  const auto values = [&]<class T>(const auto& by_number, T) {
    std::vector<T> result;
    result.reserve(items.size());
    for (const auto item : items) result.push_back(static_cast<T>(by_number[static_cast<std::size_t>(item)]));
    return result;
  };
  switch (field_.type) {
    case Type::category:
      return {field_, values(codes_, std::int32_t{}), {}, dictionary_};
    case Type::boolean:
      return {field_, values(numbers_, std::uint8_t{})};
    case Type::int64:
      return {field_, values(numbers_, std::int64_t{})};
    default:
      break;
  }
  data::Strings texts;
  for (const auto item : items) texts.push_back(names_[item]);
  return {field_, std::move(texts)};
}

}  // namespace fullbase::itemsets
