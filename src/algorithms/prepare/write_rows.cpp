#include "algorithms/prepare/write_rows.hpp"

#include "algorithms/prepare/block_assembly.hpp"
#include "algorithms/prepare/block_ends.hpp"
#include "base/block.hpp"
#include "comm/agreement.hpp"
#include "parallel/for_each.hpp"

namespace fullbase::prepare {
namespace {

constexpr std::int64_t group_rows = 16 * base::block_rows;  ///< of the table, made at a time

}  // namespace

void write_rows(comm::Communicator& communicator, std::int64_t rows,
                const std::function<data::Batch(std::int64_t first, std::int64_t last)>& batch_of, data::BlockSink& sink) {
  const auto before = communicator.exclusive_sum(rows);
  const auto total = communicator.sum_value(rows);
  const base::RowRange own = {before, before + rows};
  BlockAssembly assembly(sink, total);
  const auto numbered = [&](base::RowRange range) {
    auto batch = batch_of(range.first - before, range.last - before);
    batch.rows = range;
    return batch;
  };
  data::Batch none;
  comm::collective_try(communicator, "write rows", [&] {
    none = numbered({before, before});
    const auto groups = own.empty() ? 0 : (own.last - 1) / group_rows + 1;
    parallel::for_each(own.first / group_rows, groups, [&](std::int64_t group, int) {
      const auto range = base::intersect(own, {group * group_rows, (group + 1) * group_rows});
      if (!range.empty()) assembly.add(numbered(range));
    });
  });
  write_ends(communicator, assembly.take_waiting(), none, total, sink);
}

}  // namespace fullbase::prepare
