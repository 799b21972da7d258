#include "store/csv/write_rows.hpp"

#include <algorithm>
#include <optional>

#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::store::csv {

std::int64_t unit_of(std::int64_t row_bytes, std::int64_t most) noexcept {
  constexpr std::int64_t unit_bytes = std::int64_t{8} << 20;
  return std::clamp<std::int64_t>(unit_bytes / (base::block_rows * std::max<std::int64_t>(1, row_bytes)), 1, most);
}

void write_rows(comm::Communicator& communicator, std::span<const std::int64_t> starts, const RowStore& store,
                const data::Schema& schema, const CodeTables& codes, const std::vector<data::DictionaryPointer>& dictionaries,
                std::int64_t unit_blocks, data::BlockSink& sink) {
  const auto me = static_cast<std::size_t>(communicator.rank());
  const base::RowRange mine{starts[me], starts[me + 1]};
  const RowGroup behind = rows_behind(communicator, starts, store, schema, codes);

  const std::int64_t first_block = base::block_count(mine.first);
  const std::int64_t last_block = base::block_count(mine.last);  // the last one may end with rows of ranks behind
  const std::int64_t units = std::max<std::int64_t>(0, last_block - first_block + unit_blocks - 1) / unit_blocks;
  comm::collective_try(communicator, "import: write", [&] {
    std::vector<std::optional<RowCopy>> copies(static_cast<std::size_t>(parallel::thread_count()));
    parallel::for_each(0, units, [&](std::int64_t unit, int thread) {
      auto& copy = copies[static_cast<std::size_t>(thread)];
      if (!copy) copy.emplace(store, schema, codes);
      const std::int64_t begin = first_block + unit * unit_blocks;
      const base::BlockRange blocks{begin, std::min(last_block, begin + unit_blocks)};
      const base::RowRange rows = base::rows_of_blocks(blocks, starts.back());
      const base::RowRange stored = base::intersect(rows, mine);
      copy->begin();
      copy->append(stored.first - mine.first, stored.last - mine.first);
      if (rows.last > mine.last) copy->append(behind, 0, rows.last - mine.last);
      sink.write(copy->take(rows, dictionaries));
    });
  });
}

}  // namespace fullbase::store::csv
