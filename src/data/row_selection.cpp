#include "data/row_selection.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace fullbase::data {

Column take_rows(const Column& column, std::span<const std::int32_t> rows) {
  Column::Values values = std::visit(
      [&](const auto& from) -> Column::Values {
        using V = std::remove_cvref_t<decltype(from)>;
        V taken;
        if constexpr (std::is_same_v<V, Strings>) {
          for (const auto row : rows) taken.push_back(from[row]);
        } else {
          taken.resize(rows.size());
          for (std::size_t i = 0; i < rows.size(); ++i) taken[i] = from[static_cast<std::size_t>(rows[i])];
        }
        return taken;
      },
      column.values());
  std::vector<std::uint8_t> mask;
  const auto& missing = column.mask();
  if (!missing.empty() && std::ranges::any_of(rows, [&](auto row) { return missing[static_cast<std::size_t>(row)] != 0; })) {
    mask.reserve(rows.size());
    for (const auto row : rows) mask.push_back(missing[static_cast<std::size_t>(row)]);
  }
  return {column.field(), std::move(values), std::move(mask), column.dictionary()};
}

Batch take_rows(const Batch& batch, std::span<const std::int32_t> rows, std::int64_t first_row) {
  Batch taken{.rows = {first_row, first_row + std::ssize(rows)}, .columns = {}};
  taken.columns.reserve(batch.columns.size());
  for (const Column& column : batch.columns) taken.columns.push_back(take_rows(column, rows));
  return taken;
}

Batch filtered(Batch&& batch, std::span<const int> read, const BoundExpression& condition) {
  const auto rows = condition.select(batch, read);
  if (std::ssize(rows) == batch.rows.size()) return std::move(batch);
  return take_rows(batch, rows, batch.rows.first);
}

}  // namespace fullbase::data
