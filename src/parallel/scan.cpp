#include "parallel/scan.hpp"

#include "base/contract.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::parallel {

void scan(const data::BlockSource& source, base::RowRange rows, std::span<const int> columns,
          const std::function<void(data::Batch&& batch, int thread)>& work, std::int64_t group_blocks) {
  FULLBASE_EXPECTS(group_blocks > 0, "a scan reads at least one block at a time");
  if (rows.empty()) return;
  const std::int64_t group_rows = group_blocks * base::block_rows;
  const std::int64_t first_group = rows.first / group_rows;
  const std::int64_t last_group = (rows.last + group_rows - 1) / group_rows;
  for_each(first_group, last_group, [&](std::int64_t group, int thread) {
    const base::RowRange piece = base::intersect(rows, {group * group_rows, (group + 1) * group_rows});
    work(source.read(piece, columns), thread);
  });
}

}  // namespace fullbase::parallel
