#include "algorithms/prepare/key_slots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <string_view>
#include <utility>

#include "algorithms/prepare/distinct_keys.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "comm/agreement.hpp"

namespace fullbase::prepare {
namespace {

constexpr std::int64_t most_slots = std::numeric_limits<std::int32_t>::max() - 1;

std::uint64_t hash_of(std::int64_t key) noexcept {
  auto x = static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15;
  return x ^ (x >> 32);
}
std::uint64_t hash_of(std::string_view key) noexcept {
  return base::xxh3(std::as_bytes(std::span(key.data(), key.size())));
}

std::int32_t checked_size(std::int64_t keys, const data::BlockSource& source, int column) {
  if (keys > most_slots) {
    throw base::input_error(
        fmt::format("column '{}' has {} distinct keys, more than {}", source.schema()[column].name, keys, most_slots),
        source.name())
        .known_to_all();
  }
  return static_cast<std::int32_t>(keys);
}

}  // namespace

KeySlots KeySlots::build(comm::Communicator& communicator, const data::BlockSource& source, int column, base::RowRange rows,
                         data::Budget& budget) {
  const data::Field& field = source.schema()[column];
  KeySlots slots;
  slots.type_ = field.type;
  if (field.type == data::Type::category) {
    slots.dictionary_ = source.dictionary(column);
    slots.size_ = slots.dictionary_->size();
  } else if (field.type == data::Type::int64) {
    auto distinct = distinct_integers(communicator, source, column, rows, budget, slots.keys_memory_);
    const auto count = static_cast<std::int64_t>(distinct.size());
    slots.size_ = checked_size(count, source, column);
    if (count == 0) return slots;
    slots.least_ = distinct.front();
    const auto span = static_cast<base::int128>(distinct.back()) - distinct.front() + 1;
    if (span <= 2 * static_cast<base::int128>(count) + 1024 && span <= most_slots) {
      slots.size_ = static_cast<std::int32_t>(span);
      slots.keys_memory_ = {};
    } else {
      slots.distinct_ = std::move(distinct);
      slots.index(communicator, budget);
    }
  } else if (field.type == data::Type::string) {
    slots.dictionary_ = distinct_texts(communicator, source, column, rows, budget, slots.keys_memory_);
    slots.size_ = checked_size(slots.dictionary_->texts().size(), source, column);
    slots.index(communicator, budget);
  } else {
    throw base::job_file_error(fmt::format("column '{}' is {} and cannot be a key", field.name, data::type_text(field)),
                               source.name(), "a key is an int64, category or string column");
  }
  return slots;
}

void KeySlots::index(comm::Communicator& communicator, data::Budget& budget) {
  const std::size_t cells = std::bit_ceil(2 * static_cast<std::size_t>(size_) + 1);
  comm::collective_try(communicator, "index keys", [&] {
    table_memory_ = budget.require(static_cast<std::int64_t>(4 * cells), "the table of a column's distinct keys");
    table_.assign(cells, -1);
  });
  const std::size_t mask = table_.size() - 1;
  for (std::int32_t slot = 0; slot < size_; ++slot) {
    const auto hash = dictionary_ ? hash_of((*dictionary_)[slot]) : hash_of(distinct_[static_cast<std::size_t>(slot)]);
    std::size_t cell = hash & mask;
    while (table_[cell] >= 0) cell = (cell + 1) & mask;
    table_[cell] = slot;
  }
}

std::int32_t KeySlots::find(std::int64_t key) const noexcept {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t cell = hash_of(key) & mask; table_[cell] >= 0; cell = (cell + 1) & mask) {
    if (distinct_[static_cast<std::size_t>(table_[cell])] == key) return table_[cell];
  }
  return -1;
}

std::int32_t KeySlots::find(std::string_view key) const noexcept {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t cell = hash_of(key) & mask; table_[cell] >= 0; cell = (cell + 1) & mask) {
    if ((*dictionary_)[table_[cell]] == key) return table_[cell];
  }
  return -1;
}

std::span<const std::int32_t> KeySlots::slots_of(const data::Column& column, std::vector<std::int32_t>& buffer) const {
  if (type_ == data::Type::category) return column.int32s();
  const auto rows = static_cast<std::size_t>(column.rows());
  const auto& mask = column.mask();
  buffer.resize(rows);
  const auto missing = [&](std::size_t i) { return !mask.empty() && mask[i] != 0; };
  if (type_ == data::Type::string) {
    const data::Strings& texts = column.strings();
    for (std::size_t i = 0; i < rows; ++i) buffer[i] = missing(i) ? -1 : find(texts[static_cast<std::int64_t>(i)]);
    return buffer;
  }
  const auto keys = column.int64s();
  if (table_.empty()) {
    for (std::size_t i = 0; i < rows; ++i) buffer[i] = missing(i) ? -1 : static_cast<std::int32_t>(keys[i] - least_);
  } else {
    for (std::size_t i = 0; i < rows; ++i) buffer[i] = missing(i) ? -1 : find(keys[i]);
  }
  return buffer;
}

std::vector<std::int32_t> KeySlots::find(const data::Column& column) const {
  const auto type = column.field().type;
  const bool are_texts = type == data::Type::category || type == data::Type::string;
  FULLBASE_EXPECTS(are_texts ? type_ != data::Type::int64 : type == data::Type::int64,
                   "keys are looked up by values of their kind");
  std::vector<std::int32_t> slots(static_cast<std::size_t>(column.rows()), -1);
  if (type_ == data::Type::category && type == type_ && column.dictionary() == dictionary_) {
    std::ranges::copy(column.int32s(), slots.begin());
    return slots;
  }
  for (std::int64_t row = 0; row < column.rows(); ++row) {
    if (column.is_missing(row)) continue;
    auto& slot = slots[static_cast<std::size_t>(row)];
    if (type_ == data::Type::category) {
      slot = dictionary_->find(column.text(row)).value_or(-1);
    } else if (type_ == data::Type::string) {
      slot = find(column.text(row));
    } else if (const auto key = column.int64s()[static_cast<std::size_t>(row)]; !table_.empty()) {
      slot = find(key);
    } else if (const auto above = static_cast<base::int128>(key) - least_; above >= 0 && above < size_) {
      slot = static_cast<std::int32_t>(above);
    }
  }
  return slots;
}

data::Field KeySlots::key_field(const data::Field& field) {
  data::Field key = field;
  if (key.type == data::Type::category) key.type = data::Type::string;
  key.nullable = false;
  return key;
}

data::Column KeySlots::keys(const data::Field& field, std::span<const std::int32_t> slots) const {
  if (dictionary_) {
    data::Strings texts;
    std::int64_t bytes = 0;
    for (const std::int32_t slot : slots) bytes += text_bytes(slot);
    texts.reserve(std::ssize(slots), bytes);
    for (const std::int32_t slot : slots) texts.push_back((*dictionary_)[slot]);
    return {field, std::move(texts)};
  }
  std::vector<std::int64_t> values;
  values.reserve(slots.size());
  for (const std::int32_t slot : slots)
    values.push_back(distinct_.empty() ? least_ + slot : distinct_[static_cast<std::size_t>(slot)]);
  return {field, std::move(values)};
}

}  // namespace fullbase::prepare
