#include "algorithms/compare/group_labels.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "base/block.hpp"
#include "comm/own_rows.hpp"

namespace fullbase::compare {
namespace {

/// All labels of a night: integers, or texts.
struct Values {
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
};

Values values_of(const prepare::KeySlots& slots, const data::Field& field) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(slots.size()));
  std::iota(all.begin(), all.end(), 0);
  const auto column = slots.keys(prepare::KeySlots::key_field(field), all);
  Values values;
  for (std::int64_t i = 0; i < column.rows(); ++i) {
    if (column.field().type == data::Type::int64) {
      values.integers.push_back(column.int64s()[static_cast<std::size_t>(i)]);
    } else {
      values.texts.emplace_back(column.text(i));
    }
  }
  return values;
}

/// Both lists, which ascend, in one; and where the values of each are in it.
template <class T>
std::vector<T> unite(const std::vector<T>& a, const std::vector<T>& b, std::vector<std::int32_t>& place_of_a,
                     std::vector<std::int32_t>& place_of_b) {
  std::vector<T> united;
  std::ranges::set_union(a, b, std::back_inserter(united));
  const auto place = [&](const std::vector<T>& list, std::vector<std::int32_t>& places) {
    for (const auto& value : list)
      places.push_back(static_cast<std::int32_t>(std::ranges::lower_bound(united, value) - united.begin()));
  };
  place(a, place_of_a);
  place(b, place_of_b);
  return united;
}

}  // namespace

std::optional<GroupLabels> GroupLabels::build(comm::Communicator& communicator, const NightColumn& before,
                                              const NightColumn& after, data::Budget& budget) {
  GroupLabels labels;
  std::vector<Values> values;
  for (const auto* const night : {&before, &after}) {
    const auto rows = comm::own_rows(communicator, night->source->rows());
    labels.sides_.push_back({prepare::KeySlots::build(communicator, *night->source, night->column, rows, budget), {}});
    if (labels.sides_.back().slots.size() > most) return std::nullopt;
    values.push_back(values_of(labels.sides_.back().slots, night->source->schema()[night->column]));
  }
  auto& places = labels.sides_[0].code_of;
  auto& others = labels.sides_[1].code_of;
  if (before.source->schema()[before.column].type == data::Type::int64) {
    for (const auto value : unite(values[0].integers, values[1].integers, places, others))
      labels.texts_.push_back(std::to_string(value));
  } else {
    labels.texts_ = unite(values[0].texts, values[1].texts, places, others);
  }
  return labels;
}

std::string GroupLabels::text(std::int32_t code) const {
  return code == size() ? "missing" : texts_.at(static_cast<std::size_t>(code));
}

std::vector<std::int32_t> GroupLabels::codes(NightOf night, const data::Column& column) const {
  const auto& side = sides_[static_cast<std::size_t>(night)];
  std::vector<std::int32_t> buffer;
  const auto slots = side.slots.slots_of(column, buffer);
  std::vector<std::int32_t> codes;
  codes.reserve(slots.size());
  for (const auto slot : slots) codes.push_back(slot < 0 ? size() : side.code_of[static_cast<std::size_t>(slot)]);
  return codes;
}

}  // namespace fullbase::compare
