#include "store/joined_table.hpp"

#include <algorithm>
#include <utility>

#include "base/contract.hpp"
#include "store/table_reader.hpp"

namespace fullbase::store {

JoinedTable::JoinedTable(std::string name, data::Schema schema, std::vector<std::unique_ptr<data::BlockSource>> parts,
                         std::shared_ptr<const SharedLock> reading)
    : name_(std::move(name)), schema_(std::move(schema)), parts_(std::move(parts)), reading_(std::move(reading)) {
  for (const auto& part : parts_) starts_.push_back(starts_.back() + part->rows());
  united_.resize(schema_.fields.size());
  for (int i = 0; i < schema_.columns(); ++i) {
    if (schema_[i].type != data::Type::category) continue;
    std::vector<data::DictionaryPointer> dictionaries;
    for (const auto& part : parts_) dictionaries.push_back(part->dictionary(i));
    auto& united = united_[static_cast<std::size_t>(i)];
    united = data::unite(dictionaries);
    // A table without parts has categories too: none.
    if (!united.dictionary) united.dictionary = std::make_shared<const data::Dictionary>();
  }
}

data::Column JoinedTable::with_united_codes(data::Column column, int position, std::size_t part) const {
  if (column.field().type != data::Type::category) return column;
  const auto& united = united_[static_cast<std::size_t>(position)];
  const auto& remap = united.remap[part];
  for (auto& code : column.int32s()) {
    if (code != data::missing_code) code = remap[static_cast<std::size_t>(code)];
  }
  return data::Column(column.field(), std::move(column.values()), {}, united.dictionary);
}

data::Batch JoinedTable::read(base::RowRange rows, std::span<const int> columns) const {
  FULLBASE_EXPECTS(0 <= rows.first && rows.first <= rows.last && rows.last <= this->rows(),
                   "rows that are read lie within their table");
  data::Batch result;
  result.rows = rows;
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    const auto overlap = base::intersect(rows, {starts_[part], starts_[part + 1]});
    if (overlap.empty()) continue;
    auto piece = parts_[part]->read({overlap.first - starts_[part], overlap.last - starts_[part]}, columns);
    const bool is_first = result.columns.empty();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      auto column = with_united_codes(std::move(piece.columns[i]), columns[i], part);
      if (is_first) {
        result.columns.push_back(std::move(column));
      } else {
        result.columns[i].append_from(column, 0, column.rows());
      }
    }
  }
  if (result.columns.empty()) {
    for (const int column : columns) result.columns.emplace_back(schema_[column], 0, dictionary(column));
  }
  return result;
}

std::int64_t JoinedTable::bytes_read() const noexcept {
  std::int64_t bytes = 0;
  for (const auto& part : parts_) bytes += part->bytes_read();
  return bytes;
}

std::int32_t JoinedTable::string_width(int column) const {
  std::int32_t width = 0;
  for (const auto& part : parts_) width = std::max(width, store::string_width(*part, column));
  return width;
}

}  // namespace fullbase::store
