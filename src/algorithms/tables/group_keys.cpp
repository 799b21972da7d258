#include "algorithms/tables/group_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/int128.hpp"
#include "comm/agreement.hpp"
#include "parallel/scan.hpp"

namespace fullbase::tables {
namespace {

using data::Type;

bool is_ranged(Type type) noexcept {
  return type == Type::int64 || type == Type::decimal || type == Type::timestamp || type == Type::date;
}

/// A number of a ranged column; nothing is asked of missing ones.
std::int64_t number(const data::Column& column, std::size_t row) {
  return column.field().type == Type::date ? column.int32s()[row] : column.int64s()[row];
}

struct Range {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t greatest = std::numeric_limits<std::int64_t>::min();

  void add(std::int64_t value) noexcept {
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
};

/// Least and greatest value of each column over all ranks. Collective.
std::vector<Range> ranges(comm::Communicator& communicator, const data::BlockSource& source, std::span<const int> columns,
                          base::RowRange rows) {
  std::vector<Range> found(columns.size());
  if (columns.empty()) return found;
  comm::collective_try(communicator, "find ranges of keys", [&] {
    std::mutex mutex;
    parallel::scan(source, rows, columns, [&](data::Batch&& batch, int) {
      std::vector<Range> part(columns.size());
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const data::Column& column = batch[c];
        for (std::int64_t i = 0; i < column.rows(); ++i) {
          if (!column.is_missing(i)) part[c].add(number(column, static_cast<std::size_t>(i)));
        }
      }
      const std::scoped_lock lock(mutex);
      for (std::size_t c = 0; c < columns.size(); ++c) {
        found[c].least = std::min(found[c].least, part[c].least);
        found[c].greatest = std::max(found[c].greatest, part[c].greatest);
      }
    });
  });
  for (Range& range : found) range = {communicator.min_value(range.least), communicator.max_value(range.greatest)};
  return found;
}

/// Values from least to greatest; the greatest code is not used, so that missing_code is none.
base::uint128 values_in(const Range& range) noexcept {
  if (range.least > range.greatest) return 1;
  return static_cast<base::uint128>(static_cast<base::int128>(range.greatest) - range.least + 1);
}

}  // namespace

bool GroupKeys::is_key_type(Type type) noexcept {
  return is_ranged(type) || type == Type::category || type == Type::string || type == Type::boolean;
}

data::Schema GroupKeys::schema(const data::Schema& schema, std::span<const int> columns) {
  FULLBASE_EXPECTS(!columns.empty(), "groups have a key");
  data::Schema keys;
  for (const int column : columns) {
    const data::Field& field = schema[column];
    if (!is_key_type(field.type)) {
      throw base::job_file_error(fmt::format("column '{}' is {} and cannot be a key", field.name, data::type_text(field)), {},
                                 "a key is a whole number, decimal, category, string, bool, date or timestamp");
    }
    keys.fields.push_back(columns.size() == 1 ? prepare::KeySlots::key_field(field) : field);
    keys.fields.back().nullable = false;
  }
  const auto& first = keys.fields.front();
  if (columns.size() == 1 && (first.type == Type::int64 || first.type == Type::string)) keys.key = first.name;
  return keys;
}

GroupKeys GroupKeys::build(comm::Communicator& communicator, const data::BlockSource& source, std::vector<int> columns,
                           base::RowRange rows, data::Budget& budget) {
  GroupKeys keys;
  const auto fields = GroupKeys::schema(source.schema(), columns).fields;
  std::vector<int> ranged;
  for (const int column : columns) {
    if (is_ranged(source.schema()[column].type)) ranged.push_back(column);
  }
  const auto found = ranges(communicator, source, ranged, rows);
  std::vector<base::uint128> sizes;
  for (std::size_t i = 0, r = 0; i < columns.size(); ++i) {
    Part part{fields[i], source.schema()[columns[i]].type, 0};
    base::uint128 size = 2;
    if (part.type == Type::category) {
      part.dictionary = source.dictionary(columns[i]);
      size = static_cast<unsigned>(std::max(1, part.dictionary->size()));
    } else if (part.type == Type::string) {
      part.slots.push_back(prepare::KeySlots::build(communicator, source, columns[i], rows, budget));
      size = static_cast<unsigned>(std::max(1, part.slots.front().size()));
    } else if (part.type != Type::boolean) {
      size = values_in(found[r]);
      if (found[r].least <= found[r].greatest) part.least = found[r].least;
      ++r;
    }
    sizes.push_back(size);
    keys.parts_.push_back(std::move(part));
  }

  constexpr base::uint128 most = missing_code;  // codes below it
  const auto product = [&] {
    base::uint128 all = 1;
    for (const auto size : sizes) all = size > most / all ? most + 1 : all * size;
    return all;
  };
  // Integers far apart: their ranks among the values that occur stand for them.
  for (std::size_t i = 0; i < columns.size() && product() > most; ++i) {
    Part& part = keys.parts_[i];
    if (part.type != Type::int64) continue;
    part.slots.push_back(prepare::KeySlots::build(communicator, source, columns[i], rows, budget));
    sizes[i] = static_cast<unsigned>(std::max(1, part.slots.front().size()));
  }
  if (product() > most) {
    throw base::input_error("the key columns have more than 2^64 combinations of values", source.name(),
                            "group by fewer columns, or make coarser ones by a select step before")
        .known_to_all();
  }
  keys.weights_.resize(columns.size());
  keys.size_ = 1;
  for (std::size_t i = columns.size(); i-- > 0;) {
    keys.parts_[i].size = static_cast<std::uint64_t>(sizes[i]);
    keys.weights_[i] = keys.size_;
    keys.size_ *= keys.parts_[i].size;
  }
  keys.positions_ = std::move(columns);
  return keys;
}

void GroupKeys::codes_of(const data::Batch& batch, std::span<const int> read, std::vector<std::uint64_t>& codes) const {
  const auto rows = static_cast<std::size_t>(batch.rows.size());
  codes.assign(rows, 0);
  std::vector<std::int32_t> buffer;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    const data::Column& column = batch[static_cast<std::size_t>(std::ranges::find(read, positions_[p]) - read.begin())];
    const std::uint64_t weight = weights_[p];
    // `value(i)`: from 0, or missing_code.
    const auto add = [&](auto value) {
      if (parts_.size() == 1) {
        for (std::size_t i = 0; i < rows; ++i) codes[i] = value(i);
        return;
      }
      for (std::size_t i = 0; i < rows; ++i) {
        const std::uint64_t own = value(i);
        codes[i] = own == missing_code || codes[i] == missing_code ? missing_code : codes[i] + own * weight;
      }
    };
    const auto of_slots = [&](std::span<const std::int32_t> slots) {
      add([slots](std::size_t i) { return slots[i] < 0 ? missing_code : static_cast<std::uint64_t>(slots[i]); });
    };
    const auto least = static_cast<std::uint64_t>(part.least);
    const std::uint8_t* const mask = column.mask().empty() ? nullptr : column.mask().data();
    if (!part.slots.empty()) {
      of_slots(part.slots.front().slots_of(column, buffer));
    } else if (part.type == Type::category) {
      of_slots(column.int32s());
    } else if (part.type == Type::boolean) {
      const auto values = column.bools();
      add([=](std::size_t i) { return mask && mask[i] ? missing_code : std::uint64_t{values[i]}; });
    } else if (part.type == Type::date) {
      const auto values = column.int32s();
      add([=](std::size_t i) {
        return values[i] == data::missing_date ? missing_code : static_cast<std::uint64_t>(std::int64_t{values[i]}) - least;
      });
    } else {
      const auto values = column.int64s();
      if (part.type != Type::int64) {
        add([=](std::size_t i) {
          return values[i] == data::missing_int64 ? missing_code : static_cast<std::uint64_t>(values[i]) - least;
        });
      } else {
        add([=](std::size_t i) { return mask && mask[i] ? missing_code : static_cast<std::uint64_t>(values[i]) - least; });
      }
    }
  }
}

std::uint64_t GroupKeys::part_of(std::size_t part, std::uint64_t code) const noexcept {
  return code / weights_[part] % parts_[part].size;
}

std::vector<data::Column> GroupKeys::columns(std::span<const std::uint64_t> codes) const {
  std::vector<data::Column> columns;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    const auto each = [&](auto&& values) {
      values.reserve(codes.size());
      using Value = typename std::remove_cvref_t<decltype(values)>::value_type;
      for (const std::uint64_t code : codes)
        values.push_back(static_cast<Value>(part_of(p, code) + static_cast<std::uint64_t>(part.least)));
      columns.emplace_back(part.field, std::move(values), std::vector<std::uint8_t>{},
                           part.field.type == Type::category ? part.dictionary : nullptr);
    };
    if (!part.slots.empty()) {
      std::vector<std::int32_t> slots;
      slots.reserve(codes.size());
      for (const std::uint64_t code : codes) slots.push_back(static_cast<std::int32_t>(part_of(p, code)));
      columns.push_back(part.slots.front().keys(part.field, slots));
    } else if (part.field.type == Type::string) {
      data::Strings texts;
      for (const std::uint64_t code : codes) texts.push_back((*part.dictionary)[static_cast<std::int32_t>(part_of(p, code))]);
      columns.emplace_back(part.field, std::move(texts));
    } else if (part.field.type == Type::category || part.field.type == Type::date) {
      each(std::vector<std::int32_t>());
    } else if (part.field.type == Type::boolean) {
      each(std::vector<std::uint8_t>());
    } else {
      each(std::vector<std::int64_t>());
    }
  }
  return columns;
}

std::vector<data::DictionaryPointer> GroupKeys::dictionaries() const {
  std::vector<data::DictionaryPointer> dictionaries;
  for (const Part& part : parts_) dictionaries.push_back(part.field.type == Type::category ? part.dictionary : nullptr);
  return dictionaries;
}

void GroupKeys::longest_texts(std::uint64_t code, std::span<std::int32_t> longest) const {
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    if (part.field.type != Type::string) continue;
    const auto slot = static_cast<std::int32_t>(part_of(p, code));
    const std::int64_t bytes = part.slots.empty() ? std::ssize((*part.dictionary)[slot]) : part.slots.front().text_bytes(slot);
    longest[p] = std::max(longest[p], static_cast<std::int32_t>(bytes));
  }
}

}  // namespace fullbase::tables
