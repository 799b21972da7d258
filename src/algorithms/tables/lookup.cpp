#include "algorithms/tables/lookup.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

#include "algorithms/prepare/unique_key.hpp"
#include "base/error.hpp"
#include "comm/agreement.hpp"
#include "comm/own_rows.hpp"
#include "data/missing_column.hpp"
#include "data/row_selection.hpp"
#include "parallel/scan.hpp"

namespace fullbase::tables {
namespace {

constexpr std::int64_t most_rows = std::numeric_limits<std::int32_t>::max() - 1;

/// Room for so many rows, so that appending takes no more than they do.
data::Column empty_column(const data::Field& field, std::int64_t rows, const data::DictionaryPointer& dictionary) {
  data::Column column(field, 0, dictionary);
  std::visit(
      [&](auto& values) {
        if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(values)>, data::Strings>)
          values.reserve(static_cast<std::size_t>(rows));
      },
      column.values());
  return column;
}

/// One row more, of what stands where there is no match.
void append_fallback(data::Column& column, const std::optional<data::Column>& fill, const data::DictionaryPointer& dictionary) {
  const auto& field = column.field();
  if (fill) {
    data::Column one(field, fill->values(), {}, dictionary);
    if (field.type == data::Type::category) one.int32s()[0] = dictionary->find(fill->text(0)).value_or(data::missing_code);
    column.append_from(one, 0);
    return;
  }
  column.append_from(data::missing_column(field, 1, dictionary), 0);
}

}  // namespace

Lookup::Lookup(comm::Communicator& communicator, const data::BlockSource& rows, std::vector<int> keys, LookupTable table,
               data::Budget& budget, data::Spill& spill)
    : table_(std::move(table)), keys_(std::move(keys)), local_(comm::own_rows(communicator, rows.rows())) {
  const auto& source = *table_.source;
  constexpr const char* advice = "keep one row a key, by a dedupe step before";
  for (std::size_t k = 0; k < keys_.size(); ++k) {
    const auto dictionary = source.dictionary(table_.keys[k]);
    pairs_.push_back({source.schema()[table_.keys[k]], rows.schema()[keys_[k]], rows.dictionary(keys_[k]),
                      dictionary ? dictionary->size() : 0, table_.key_widths[k]});
  }
  make_dictionaries();

  const auto bytes = part_bytes(source.rows());
  auto reserved = bytes <= budget.available() / 2 && source.rows() <= most_rows ? budget.try_reserve(bytes) : std::nullopt;
  if (communicator.max_value(std::int64_t{reserved ? 0 : 1}) == 0) {
    memory_ = std::move(*reserved);
    whole_ = comm::collective_try(communicator, "read keys", [&] { return read_part({0, source.rows()}); });
    if (communicator.max_value(std::int64_t{whole_.index->repeats() ? 1 : 0}) != 0) {
      whole_ = {};
      memory_ = {};
      prepare::require_unique(communicator, source, table_.keys, budget, advice);  // says which
      throw base::internal_error("keys that repeat were not found again", source.name()).known_to_all();
    }
    return;
  }
  reserved.reset();
  prepare::require_unique(communicator, source, table_.keys, budget, advice);
  const auto fixed = part_bytes(0);
  const auto a_row = std::max<std::int64_t>(1, (part_bytes(1 << 20) - fixed) >> 20);
  comm::collective_try(communicator, "look up", [&] {
    memory_ = budget.require(std::max(fixed + a_row * base::block_rows, std::min(bytes, budget.available() / 2)),
                             "a part of a table to join with");
    const auto part_rows = std::clamp((memory_.bytes() - fixed) / a_row, base::block_rows, most_rows);
    std::vector<data::Field> fields;
    std::vector<std::int32_t> widths;
    for (const auto& added : table_.columns) {
      fields.push_back(added.field);
      widths.push_back(added.width);
    }
    records_.emplace(std::move(fields), widths);
    file_ = spill.open("rows that were looked up");
    parts_ = 0;
    for (std::int64_t first = 0; first < std::max<std::int64_t>(1, source.rows()); first += part_rows, ++parts_) {
      const auto part = read_part({first, std::min(source.rows(), first + part_rows)});
      look_up_part(rows, part, parts_ == 0);
    }
    memory_ = {};
  });
}

void Lookup::make_dictionaries() {
  for (const auto& added : table_.columns) {
    auto dictionary = table_.source->dictionary(added.column);
    std::vector<std::int32_t> recoded;
    if (dictionary && added.fill && !dictionary->find(added.fill->text(0))) {
      auto united = data::unite(std::array{dictionary, added.fill->dictionary()});
      dictionary = united.dictionary;
      recoded = std::move(united.remap[0]);
    }
    dictionaries_.push_back(std::move(dictionary));
    recoded_.push_back(std::move(recoded));
  }
}

std::int64_t Lookup::part_bytes(std::int64_t rows) const noexcept {
  std::int64_t sum = KeyIndex::bytes(rows, pairs_);
  for (const auto& added : table_.columns) {
    const auto type = added.field.type;
    const auto value = type == data::Type::string ? 8 + added.width : data::value_bytes(type);
    sum += (rows + 1) * (value + (data::has_mask(type) ? 1 : 0));
  }
  return sum;
}

Lookup::Part Lookup::read_part(base::RowRange rows) const {
  const auto& source = *table_.source;
  std::vector<int> columns = table_.keys;
  for (const auto& added : table_.columns) columns.push_back(added.column);
  std::vector<data::Column> keys;
  for (const int key : table_.keys) keys.push_back(empty_column(source.schema()[key], rows.size(), source.dictionary(key)));
  Part part;
  for (std::size_t c = 0; c < table_.columns.size(); ++c)
    part.columns.push_back(empty_column(table_.columns[c].field, rows.size() + 1, dictionaries_[c]));

  for (std::int64_t first = rows.first; first < rows.last; first += parallel::scan_group_rows) {
    auto batch = source.read({first, std::min(rows.last, first + parallel::scan_group_rows)}, columns);
    for (std::size_t k = 0; k < keys.size(); ++k) keys[k].append_from(batch[k], 0, batch.rows.size());
    for (std::size_t c = 0; c < part.columns.size(); ++c) {
      auto& from = batch[keys.size() + c];
      if (!recoded_[c].empty()) {
        for (auto& code : from.int32s()) code = code < 0 ? code : recoded_[c][static_cast<std::size_t>(code)];
      }
      part.columns[c].append_from(from, 0, batch.rows.size());
    }
  }
  for (std::size_t c = 0; c < part.columns.size(); ++c)
    append_fallback(part.columns[c], table_.columns[c].fill, dictionaries_[c]);
  part.index.emplace(std::move(keys), pairs_);
  return part;
}

void Lookup::look_up_part(const data::BlockSource& rows, const Part& part, bool first) {
  const auto record = records_->bytes() + 1;
  parallel::scan(rows, local_, keys_, [&](data::Batch&& batch, int) {
    std::vector<const data::Column*> keys;
    for (const auto& column : batch.columns) keys.push_back(&column);
    const auto found = part.index->find(keys);
    const auto none = part.index->none();
    if (!first && std::ranges::all_of(found, [&](auto row) { return row == none; })) return;
    const auto offset = (batch.rows.first - local_.first) * record;
    std::vector<std::byte> records(static_cast<std::size_t>(batch.rows.size() * record));
    if (!first) file_->read(offset, records);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!first && found[i] == none) continue;
      std::byte* const at = records.data() + static_cast<std::int64_t>(i) * record;
      *at = std::byte{found[i] != none};
      for (std::size_t c = 0; c < part.columns.size(); ++c) records_->put(c, part.columns[c], found[i], at + 1);
    }
    file_->write(offset, records);
  });
}

Lookup::Found Lookup::find(std::span<const data::Column* const> keys, base::RowRange rows,
                           std::span<const std::size_t> columns) const {
  Found result;
  if (file_) {
    const auto record = records_->bytes() + 1;
    std::vector<std::byte> records(static_cast<std::size_t>(rows.size() * record));
    file_->read((rows.first - local_.first) * record, records);
    std::vector<std::byte> values;
    values.reserve(records.size());
    for (auto at = records.begin(); at != records.end(); at += record) {
      result.matched.push_back(static_cast<std::uint8_t>(*at));
      values.insert(values.end(), at + 1, at + record);
    }
    for (const auto column : columns) result.columns.push_back(records_->column(column, values, dictionaries_[column]));
    return result;
  }
  const auto found = whole_.index->find(keys);
  const auto none = whole_.index->none();
  result.matched.resize(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) result.matched[i] = found[i] != none ? 1 : 0;
  for (const auto column : columns) result.columns.push_back(data::take_rows(whole_.columns[column], found));
  return result;
}

}  // namespace fullbase::tables
