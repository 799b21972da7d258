#include "algorithms/prepare/kept_rows.hpp"

#include <algorithm>
#include <vector>

#include "data/row_selection.hpp"
#include "parallel/scan.hpp"

namespace fullbase::prepare {
data::Column kept_values(const data::BlockSource& source, int column, base::RowRange rows,
                         std::span<const std::int64_t> source_rows) {
  const std::vector<int> columns = {column};
  if (source_rows.empty()) return std::move(source.read(rows, columns).columns.front());
  data::Column kept(source.schema()[column], 0, source.dictionary(column));
  for (std::size_t i = 0; i < source_rows.size();) {
    // Of each piece of the table no more than lies between its first wanted row and its last.
    const std::int64_t first = source_rows[i];
    const std::int64_t end = (first / parallel::scan_group_rows + 1) * parallel::scan_group_rows;
    std::vector<std::int32_t> wanted;
    for (; i < source_rows.size() && source_rows[i] < end; ++i)
      wanted.push_back(static_cast<std::int32_t>(source_rows[i] - first));
    const base::RowRange range{first, first + wanted.back() + 1};
    const auto batch = source.read(range, columns);
    const auto taken = data::take_rows(batch.columns.front(), wanted);
    kept.append_from(taken, 0, taken.rows());
  }
  return kept;
}

std::vector<std::int64_t> kept_row_numbers(const data::BlockSource& source, base::RowRange rows,
                                           std::span<const std::int64_t> source_rows) {
  if (source_rows.empty()) return source.source_rows(rows);
  std::vector<std::int64_t> kept;
  kept.reserve(source_rows.size());
  while (kept.size() < source_rows.size()) {
    const std::int64_t first = source_rows[kept.size()];
    const base::RowRange range{first, std::min(source.rows(), first + parallel::scan_group_rows)};
    const auto numbers = source.source_rows(range);
    while (kept.size() < source_rows.size() && source_rows[kept.size()] < range.last)
      kept.push_back(numbers[static_cast<std::size_t>(source_rows[kept.size()] - first)]);
  }
  return kept;
}

}  // namespace fullbase::prepare
