#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "algorithms/compare/changed_rows.hpp"
#include "base/block.hpp"
#include "base/error.hpp"
#include "data/missing_column.hpp"
#include "data/row_selection.hpp"

namespace fullbase::compare {
namespace {

constexpr std::int64_t piece = 64 * base::block_rows;

/// Calls take(batch, chosen) for pieces of a table that hold some of the rows `numbers` (ascending), chosen counting from each
/// piece's first row.
template <class F>
void for_pieces(const data::BlockSource& source, std::span<const std::int64_t> numbers, std::span<const int> columns, F take) {
  for (std::size_t i = 0; i < numbers.size();) {
    const auto first = numbers[i] / base::block_rows * base::block_rows;
    std::vector<std::int32_t> chosen;
    for (; i < numbers.size() && numbers[i] < first + piece; ++i) chosen.push_back(static_cast<std::int32_t>(numbers[i] - first));
    take(source.read({first, first + chosen.back() + 1}, columns), chosen);
  }
}

void append(data::Column& to, const data::Column& from) {
  to.append_from(from, 0, from.rows());
}

}  // namespace

ChangedTable::ChangedTable(const ComparedTables& tables, std::vector<int> columns, ChangedRows changed)
    : tables_(tables), columns_(std::move(columns)), changed_(std::move(changed)) {
  data::Strings names;
  for (const char* const name : {"added", "changed", "removed"}) names.push_back(name);
  schema_.fields.push_back({.name = "change", .type = data::Type::category});
  dictionaries_.push_back(std::make_shared<const data::Dictionary>(std::move(names)));
  for (const int column : columns_) {
    auto field = tables_.later.schema()[column];
    if (field.name == "change")
      throw base::input_error("a column is named 'change', as the one that says what happened to a row", tables_.later.name(),
                              "leave it out with --columns, or rename it in a select step");
    const auto* const common = key(static_cast<int>(schema_.fields.size()));
    if (common != nullptr) {
      field = common->field;
    } else {
      field.nullable = true;
    }
    dictionaries_.push_back(common != nullptr ? common->dictionary : tables_.later.dictionary(column));
    if (common != nullptr && field.name == tables_.later.schema().key) schema_.key = field.name;
    schema_.fields.push_back(std::move(field));
  }
}

std::int64_t ChangedTable::rows() const noexcept {
  return std::ssize(changed_.rows) + std::ssize(changed_.removed);
}

const CommonColumn* ChangedTable::key(int column) const {
  if (column == 0) return nullptr;
  const auto position = columns_[static_cast<std::size_t>(column) - 1];
  const auto found = std::ranges::find_if(tables_.keys, [&](const auto& common) { return common.after == position; });
  return found == tables_.keys.end() ? nullptr : &*found;
}

void ChangedTable::append_present(base::RowRange rows, std::span<const int> columns, data::Batch& batch) const {
  std::vector<int> read;
  for (const int column : columns) {
    if (column > 0) read.push_back(columns_[static_cast<std::size_t>(column) - 1]);
  }
  const auto numbers =
      std::span(changed_.rows).subspan(static_cast<std::size_t>(rows.first), static_cast<std::size_t>(rows.size()));
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c] != 0) continue;
    std::vector<std::int32_t> codes;
    for (auto row = rows.first; row < rows.last; ++row)
      codes.push_back(static_cast<std::int32_t>(changed_.changes[static_cast<std::size_t>(row)]));
    append(batch.columns[c], {schema_[0], std::move(codes), {}, dictionaries_[0]});
  }
  for_pieces(tables_.later, numbers, read, [&](const data::Batch& whole, std::span<const std::int32_t> chosen) {
    std::size_t next = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (columns[c] == 0) continue;
      auto taken = data::take_rows(whole.columns[next++], chosen);
      if (const auto* const common = key(columns[c])) taken = in_common_form(*common, std::move(taken), Side::after);
      append(batch.columns[c], taken);
    }
  });
}

void ChangedTable::append_removed(base::RowRange rows, std::span<const int> columns, data::Batch& batch) const {
  std::vector<int> read;
  for (const int column : columns) {
    if (const auto* const common = key(column)) read.push_back(common->before);
  }
  const auto numbers =
      std::span(changed_.removed).subspan(static_cast<std::size_t>(rows.first), static_cast<std::size_t>(rows.size()));
  for_pieces(tables_.earlier, numbers, read, [&](const data::Batch& whole, std::span<const std::int32_t> chosen) {
    std::size_t next = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto& field = batch.columns[c].field();
      if (columns[c] == 0) {
        std::vector<std::int32_t> codes(chosen.size(), static_cast<std::int32_t>(Change::removed));
        append(batch.columns[c], {field, std::move(codes), {}, dictionaries_[0]});
      } else if (const auto* const common = key(columns[c])) {
        append(batch.columns[c], in_common_form(*common, data::take_rows(whole.columns[next++], chosen), Side::before));
      } else {
        append(batch.columns[c], data::missing_column(field, std::ssize(chosen), batch.columns[c].dictionary()));
      }
    }
  });
}

data::Batch ChangedTable::read(base::RowRange rows, std::span<const int> columns) const {
  data::Batch batch{.rows = rows, .columns = {}};
  for (const int column : columns) batch.columns.emplace_back(schema_[column], 0, dictionary(column));
  const auto present = std::ssize(changed_.rows);
  const auto from_later = base::intersect(rows, {0, present});
  const auto from_earlier = base::intersect(rows, {present, this->rows()});
  if (!from_later.empty()) append_present(from_later, columns, batch);
  if (!from_earlier.empty()) append_removed({from_earlier.first - present, from_earlier.last - present}, columns, batch);
  return batch;
}

}  // namespace fullbase::compare
