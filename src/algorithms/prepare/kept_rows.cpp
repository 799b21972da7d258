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
  constexpr std::int64_t piece = parallel::scan_group_blocks * base::block_rows;
  data::Column kept(source.schema()[column], 0, source.dictionary(column));
  for (std::size_t i = 0; i < source_rows.size();) {
    const std::int64_t first = source_rows[i] / piece * piece;
    const base::RowRange range{first, std::min(source.rows(), first + piece)};
    std::vector<std::int32_t> wanted;
    for (; i < source_rows.size() && source_rows[i] < range.last; ++i)
      wanted.push_back(static_cast<std::int32_t>(source_rows[i] - first));
    const auto batch = source.read(range, columns);
    const auto taken = data::take_rows(batch.columns.front(), wanted);
    kept.append_from(taken, 0, taken.rows());
  }
  return kept;
}

}  // namespace fullbase::prepare
