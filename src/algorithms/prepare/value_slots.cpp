#include "algorithms/prepare/value_slots.hpp"

#include <atomic>

#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {

bool ValueSlots::takes(data::Type type) noexcept {
  return type == data::Type::boolean || type == data::Type::int64 || type == data::Type::category || type == data::Type::string;
}

ValueSlots ValueSlots::build(comm::Communicator& communicator, const data::BlockSource& source, int column,
                             data::Budget& budget) {
  ValueSlots slots;
  const auto& field = source.schema()[column];
  if (field.type == data::Type::boolean) return slots;
  const auto rows = comm::own_rows(communicator, source.rows());
  slots.keys_ = KeySlots::build(communicator, source, column, rows, budget);
  slots.field_ = KeySlots::key_field(field);
  return slots;
}

std::span<const std::int32_t> ValueSlots::slots_of(const data::Column& column, std::vector<std::int32_t>& buffer) const {
  if (keys_) return keys_->slots_of(column, buffer);
  const auto values = column.bools();
  const auto& missing = column.mask();
  buffer.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    buffer[i] = !missing.empty() && missing[i] != 0 ? -1 : static_cast<std::int32_t>(values[i] != 0);
  return buffer;
}

data::Strings ValueSlots::texts(std::span<const std::int32_t> slots) const {
  data::Strings texts;
  if (!keys_) {
    for (const auto slot : slots) texts.push_back(slot != 0 ? "true" : "false");
    return texts;
  }
  auto values = keys_->keys(field_, slots);
  if (field_.type == data::Type::string) return std::move(values.strings());
  for (const auto value : values.int64s()) texts.push_back(std::to_string(value));
  return texts;
}

std::vector<std::int64_t> rows_of_slots(comm::Communicator& communicator, const data::BlockSource& source, int column,
                                        const ValueSlots& slots, data::Budget& budget) {
  std::vector<std::int64_t> rows;
  data::Reservation reservation;
  const auto local = comm::own_rows(communicator, source.rows());
  comm::collective_try(communicator, "rows of values", [&] {
    reservation = budget.require(8 * (std::int64_t{slots.size()} + 1), "the rows of a column's values");
    rows.assign(static_cast<std::size_t>(slots.size()) + 1, 0);
    parallel::scan(source, local, std::span(&column, 1), [&](data::Batch&& batch, int) {
      std::vector<std::int32_t> buffer;
      for (const auto slot : slots.slots_of(batch[0], buffer)) {
        auto& count = slot < 0 ? rows.back() : rows[static_cast<std::size_t>(slot)];
        std::atomic_ref(count).fetch_add(1, std::memory_order_relaxed);
      }
    });
  });
  communicator.sum(std::span(rows));
  return rows;
}

}  // namespace fullbase::prepare
